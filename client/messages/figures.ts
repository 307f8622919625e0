import type { Locale } from '../../surveys/questionnaire.ts'
import { figuresEn } from './figures.en.ts'
import { figuresZh } from './figures.zh-CN.ts'
import type { Translation } from './fill.ts'

export type FiguresMessages = Translation<typeof figuresZh>

/** Words of the figures in one language; anything but English is Chinese. */
export const figuresMessages = (locale: Locale): FiguresMessages => (locale === 'en' ? figuresEn : figuresZh)
