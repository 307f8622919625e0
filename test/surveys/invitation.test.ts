import { describe, expect, test } from 'vitest'
import { invitationMessages } from '../../client/messages/invitations.ts'
import { checkInvitation, segmentsOf } from '../../surveys/invitation.ts'

describe('checkInvitation', () => {
  test('takes our own words of every kind', () => {
    for (const locale of ['zh-CN', 'en'] as const)
      for (const group of ['leaders', 'recipients'] as const)
        for (const kind of ['invite', 'reminder'] as const) {
          const words = invitationMessages(locale)
          for (const via of ['sms', 'mail'] as const)
            expect(
              checkInvitation(group, words.texts[group][kind][via], via, locale),
              `${locale} ${group} ${kind} ${via}`,
            ).toEqual({
              ok: true,
              value: undefined,
            })
          expect(checkInvitation(group, words[`subject_${kind}`], 'subject', locale)).toMatchObject({ ok: true })
        }
  })

  test.each([
    ['{link', 'unknown_place'],
    ['link}', 'unknown_place'],
    ['{link} {service}', 'unknown_place'],
    ['{}{link}', 'unknown_place'],
    ['', 'required'],
    ['x', 'no_link'],
    ['{link} 抽奖', 'leading'],
    ['{link} 请填写身份证号', 'personal'],
  ])('refuses %j of leaders as %s', (words, code) => {
    expect(checkInvitation('leaders', words, 'sms', 'zh-CN')).toMatchObject({ ok: false, error: { code } })
  })

  test('keeps the link out of a subject, which stands in every list of mails', () => {
    expect(checkInvitation('leaders', 'x {link}', 'subject', 'en')).toMatchObject({ ok: false })
  })
})

// The figures of GSM 03.38 and 03.40: 160 or 153 letters of seven bits, 70 or 67 of sixteen.
test.each([
  ['a'.repeat(160), 1],
  ['a'.repeat(161), 2],
  ['a'.repeat(306), 2],
  ['a'.repeat(307), 3],
  [`${'a'.repeat(159)}€`, 2],
  ['请'.repeat(70), 1],
  ['请'.repeat(71), 2],
  ['请'.repeat(134), 2],
  ['请'.repeat(135), 3],
  [`${'a'.repeat(69)}请`, 1],
])('segmentsOf %# counts parts as networks do', (text, parts) => {
  expect(segmentsOf(text)).toBe(parts)
})
