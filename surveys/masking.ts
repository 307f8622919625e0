// What names a person in a comment, taken out before anybody reads it. Rules, not a model: what they find is said below, and
// a name without a title after it stays, so masked comments are still not for everybody.

import { findNumbers, numberKind } from './personal.ts'

/** What was taken out, as it stands in the masked text: 〔手机号〕. */
export const maskLabels = {
  phone: '手机号',
  identity: '证件号',
  card: '银行卡',
  landline: '电话',
  plate: '车牌',
  mail: '邮箱',
  account: '账号',
  name: '姓名',
} as const

export type MaskKind = keyof typeof maskLabels

export interface Masked {
  readonly text: string
  /** Each kind as often as it was found. */
  readonly found: readonly MaskKind[]
}

/**
 * A comment without mobile and fixed telephone numbers, identity numbers and bank cards by their check digits, number
 * plates, mail addresses, accounts of WeChat and QQ, and names before 先生, 女士 or 小姐 or after 我叫 and 姓名.
 * maskPersonal('请王小明先生回电13800138000').text // '请〔姓名〕先生回电〔手机号〕'
 */
export function maskPersonal(comment: string): Masked {
  const found: MaskKind[] = []
  const hide = (kind: MaskKind) => {
    found.push(kind)
    return `〔${maskLabels[kind]}〕`
  }
  let text = comment
  // Mail first: digits in an address are no number of their own.
  text = text.replace(mail, () => hide('mail'))
  for (const number of findNumbers(text)) text = text.replace(number, () => hide(numberKind(number)!))
  text = text.replace(landline, () => hide('landline'))
  text = text.replace(plate, () => hide('plate'))
  text = text.replace(account, (_, word: string) => `${word}${hide('account')}`)
  text = text.replace(named, (_, word: string) => `${word}${hide('name')}`)
  text = text.replace(titled, () => hide('name'))
  return { text, found }
}

const mail = /[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+/g
// An area code begins with 0 and one of 2 or 3 digits follows with 7 or 8; service numbers such as 12345 have none.
const landline = /(?<![\d-])[（(]?0\d{2,3}[)）]?[ -]?[2-9]\d{6,7}(?!\d)/g
const plate =
  /[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·. ]?(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警](?![A-Za-z0-9])/g
const account = /((?:微信|QQ|qq)(?:号|號)?(?:码)?(?:是|为)?[：: ]*)[A-Za-z0-9_-]{5,20}/g

/** The surnames that nine in ten people have, but those that stand in everyday words before a title. */
const surname =
  '(?:欧阳|上官|司马|诸葛|司徒|夏侯|东方|皇甫|尉迟|公孙|慕容|令狐|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝])'
const given = '[\\p{Script=Han}]'
const titled = new RegExp(`${surname}${given}{0,2}(?=先生|女士|小姐)`, 'gu')
const named = new RegExp(`(我叫|名叫|姓名(?:是|为)?[：: ]*)${surname}${given}{1,2}(?![\\p{Script=Han}])`, 'gu')
