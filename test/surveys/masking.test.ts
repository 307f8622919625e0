import { describe, expect, test } from 'vitest'
import { maskPersonal } from '../../surveys/masking.ts'

describe('maskPersonal', () => {
  for (const [what, text, masked] of [
    ['a mobile number', '请回电 139 0000 0001，谢谢', '请回电 〔手机号〕，谢谢'],
    // The two examples of GB 11643-1999.
    ['identity numbers', '我的证件11010519491231002X、440524188001010014', '我的证件〔证件号〕、〔证件号〕'],
    // A number that card networks publish for tests.
    ['a bank card', '退到4111 1111 1111 1111', '退到〔银行卡〕'],
    ['fixed telephones', '电话010-62283344或（0571）88880000', '电话〔电话〕或〔电话〕'],
    ['number plates', '车牌苏A·12345被拍，新能源粤BD12345也是', '车牌〔车牌〕被拍，新能源〔车牌〕也是'],
    ['a mail address', '发到wang.xm+1@mail.example.cn了', '发到〔邮箱〕了'],
    ['an account', '加微信号：abc_12345，QQ 10001234', '加微信号：〔账号〕，QQ 〔账号〕'],
    ['a name before a title', '窗口的王小明先生、欧阳女士和李小姐', '窗口的〔姓名〕先生、〔姓名〕女士和〔姓名〕小姐'],
    ['a name that somebody gives', '我叫张伟。姓名：诸葛亮', '我叫〔姓名〕。姓名：〔姓名〕'],
  ] as const)
    test(`takes out ${what}`, () => expect(maskPersonal(text).text).toBe(masked))

  test('leaves alone what names nobody', () => {
    for (const text of [
      '2026年11月27日来过3次，排队45分钟，12号窗口',
      '文号〔2026〕123号，热线12345，办件编号20261127000123',
      '各位先生女士都很热情，老先生也满意',
      '罚款200元，面积120平方米，第3701号',
      '苏州的办事大厅A区3楼，G15高速',
      '网址 www.example.gov.cn 打不开',
      '我叫了三次号都没人应',
    ])
      expect(maskPersonal(text), text).toEqual({ text, found: [] })
  })

  // The goal of the trust page: at least 98 in 100 of numbers with a check digit, however they are written.
  test('finds every identity number and mobile number of a thousand that were made by their rules', () => {
    let seed = 7
    const draw = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed % below
    }
    const digits = (n: number) => Array.from({ length: n }, () => draw(10)).join('')
    for (let at = 0; at < 1_000; at++) {
      const body = `${1 + draw(6)}${digits(5)}19${digits(2)}0${1 + draw(9)}1${draw(10)}${digits(3)}`
      // GB 11643: weights are powers of two modulo 11, from the right; the check character makes the rest 1.
      const sum = [...body].reduce((total, digit, i) => total + Number(digit) * (2 ** (17 - i) % 11), 0)
      const identity = `${body}${'10X98765432'[sum % 11]}`
      const phone = `1${3 + draw(7)}${digits(9)}`
      const joins = ['', ' ', '-'] as const
      const spaced = `${phone.slice(0, 3)}${joins[at % 3]}${phone.slice(3, 7)}${joins[at % 3]}${phone.slice(7)}`
      const { text, found } = maskPersonal(`办事人${identity}，电话${spaced}。`)
      expect(found.toSorted(), text).toEqual(['identity', 'phone'])
      expect(text).not.toMatch(/\d{4}/)
    }
  })
})
