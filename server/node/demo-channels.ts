import type { Channel } from '../../db/setup.ts'
import { demoProvince } from './demo-organs.ts'

/** A way by which people come to a survey, with its share of those who use one. */
export interface DemoChannel extends Channel {
  readonly share: number
}

interface Way {
  readonly word: string
  readonly nameZh: string
  readonly nameEn: string
  readonly share: number
}

const ways: Readonly<Record<string, readonly Way[]>> = {
  recipients: [
    { word: 'rcpt', nameZh: '办事回执', nameEn: 'Service receipt', share: 3 },
    { word: 'desk', nameZh: '窗口二维码', nameEn: 'QR code at the counter', share: 2 },
  ],
  public: [
    { word: 'hall', nameZh: '政务服务大厅', nameEn: 'Service hall counter', share: 4 },
    { word: 'bus', nameZh: '公交站海报', nameEn: 'Bus-stop poster', share: 3 },
    { word: 'home', nameZh: '社区公告栏', nameEn: 'Neighbourhood notice board', share: 2 },
    { word: 'web', nameZh: '省政府网站', nameEn: 'Provincial website', share: 3 },
  ],
  open: [{ word: 'wall', nameZh: '开放渠道海报', nameEn: 'Open-channel poster', share: 1 }],
}

/** The channels of a survey; their codes, at most 8 characters for the province, are unique in the installation. */
export function demoChannels(
  survey: string,
  year: number,
  place: { readonly id: number; readonly code: string },
): DemoChannel[] {
  const suffix = place.code === demoProvince.code ? '' : `-${place.id}`
  return (ways[survey] ?? []).map(({ word, ...way }) => ({ code: `${word}${year % 100}${suffix}`, ...way }))
}
