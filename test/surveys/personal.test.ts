import { describe, expect, test } from 'vitest'
import { findNumbers } from '../../surveys/personal.ts'

describe('findNumbers', () => {
  test('finds a mobile phone however it is written', () => {
    for (const phone of ['13800138000', '138 0013 8000', '138-0013-8000', '86 13800138000', '１３８００１３８０００'])
      expect(findNumbers(`请回电${phone}，谢谢`), phone).toEqual([phone])
  })

  // The two examples of GB 11643-1999: 11010519491231002X and 440524188001010014.
  test('finds an identity number by its check character, and no other of that length', () => {
    expect(findNumbers('证件号11010519491231002X。')).toEqual(['11010519491231002X'])
    expect(findNumbers('440524188001010014')).toEqual(['440524188001010014'])
    expect(findNumbers('11010519491231002ｘ')).toEqual(['11010519491231002ｘ'])
    for (const other of ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
      expect(findNumbers(`11010519491231002${other}`), other).toEqual([])
  })

  // Numbers that card networks publish for tests.
  test('finds a bank card by its check digit, and no other of that length', () => {
    for (const card of ['4111 1111 1111 1111', '5555555555554444', '6205500000000000004'])
      expect(findNumbers(`卡号 ${card}`), card).toContain(card)
    expect(findNumbers('4111111111111112')).toEqual([])
    expect(findNumbers('6205500000000000005')).toEqual([])
  })

  test('finds each of several, and leaves everything else alone', () => {
    expect(findNumbers('13800138000 13900139000')).toEqual(['13800138000', '13900139000'])
    for (const harmless of [
      '2026年11月27日来过3次',
      '排队 45 分钟，窗口 12 号',
      '文号〔2026〕123号，热线 12345',
      '办件编号 20261127000123',
      '12800138000',
      '金额 1,380,013.80 元',
      '',
    ])
      expect(findNumbers(harmless), harmless).toEqual([])
  })
})
