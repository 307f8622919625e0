import type { Locale } from '../../surveys/questionnaire.ts'

/** Heads of exported tables, beside the words they share with pages. */
const chinese = {
  code: '代码',
  name: '单位',
  organClass: '类别',
  low: '区间下限',
  high: '区间上限',
  grade: '等级',
  note: '未出分原因',
  taken: '导出编号',
  direct: '直接进入',
}

const english: typeof chinese = {
  code: 'Code',
  name: 'Agency',
  organClass: 'Class',
  low: 'Interval low',
  high: 'Interval high',
  grade: 'Grade',
  note: 'Why there is no score',
  taken: 'Export',
  direct: 'Direct',
}

/** The words of one language; anything but English is Chinese. */
export const exportMessages = (locale: Locale): typeof chinese => (locale === 'en' ? english : chinese)
