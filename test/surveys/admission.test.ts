import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AdmissionRequest,
  type AdmissionSurvey,
  admit,
  type Refusal,
  type Ticket,
} from '../../surveys/admission.ts'

const HOUR = 3_600_000
const opensAt = Date.UTC(2025, 8, 1)
const closesAt = opensAt + 30 * 24 * HOUR

const survey: AdmissionSurvey = {
  name: 'jiangzhou/recipients-2025',
  state: 'open',
  counted: true,
  adapters: ['receipt'],
  cells: ['all'],
  organs: ['caizhengting', 'gonganting'],
  opensAt,
  closesAt,
  graceMinutes: 15,
  isPaused: false,
}

const ticket: Ticket = {
  survey: 'jiangzhou/recipients-2025',
  pseudonym: new Uint8Array(32).fill(7),
  cell: 'all',
  adapter: 'receipt',
  organ: 'caizhengting',
  expiresAt: closesAt + 6 * HOUR,
  excluded: false,
}

function refusal(change: Partial<AdmissionRequest>): Refusal | 'admitted' {
  const answer = admit({ ticket, survey, now: opensAt + HOUR, ...change })
  return answer.ok ? 'admitted' : answer.error
}

describe('admit', () => {
  test('a good ticket in time is admitted with its pseudonym, cell and organ', () => {
    expect(admit({ ticket, survey, now: opensAt })).toEqual({
      ok: true,
      value: { pseudonym: ticket.pseudonym, cell: 'all', channel: 'sampled', organ: 'caizhengting' },
    })
  })

  test('answers to an uncounted survey go to the open channel', () => {
    const answer = admit({ ticket: { ...ticket, organ: null }, survey: { ...survey, counted: false }, now: opensAt })
    expect(answer).toMatchObject({ ok: true, value: { channel: 'open', organ: null } })
  })

  test.each<[string, Ticket | null]>([
    ['no ticket', null],
    ['a ticket of another survey', { ...ticket, survey: 'jiangzhou/recipients-2024' }],
    ['a ticket of a cell the survey does not have', { ...ticket, cell: 'yunhu' }],
    ['a ticket by a way the survey does not take', { ...ticket, adapter: 'sms' }],
    ['a ticket about an organ that is not rated', { ...ticket, organ: 'jiaoyuting' }],
  ])('%s is unknown, in every state and at every time', (_, wrong) => {
    for (const state of ['draft', 'ready', 'open', 'closed', 'opening', 'opened', 'published'] as const) {
      for (const now of [0, opensAt, closesAt + HOUR]) {
        expect(refusal({ ticket: wrong, survey: { ...survey, state }, now })).toBe('unknown')
      }
    }
  })

  test('before opening it is not open: by state or by time', () => {
    expect(refusal({ survey: { ...survey, state: 'draft' } })).toBe('not_open')
    expect(refusal({ survey: { ...survey, state: 'ready' } })).toBe('not_open')
    expect(refusal({ now: opensAt - 1 })).toBe('not_open')
    expect(refusal({ now: opensAt })).toBe('admitted')
  })

  test('after closing it is closed, whatever the clock says', () => {
    for (const state of ['closed', 'opening', 'opened', 'published'] as const) {
      expect(refusal({ survey: { ...survey, state } })).toBe('closed')
    }
  })

  test('a form is given until the hour, answers are taken for 15 minutes more', () => {
    const grace = 15 * 60_000
    expect(refusal({ now: closesAt - 1, step: 'enter' })).toBe('admitted')
    expect(refusal({ now: closesAt, step: 'enter' })).toBe('closed')
    expect(refusal({ now: closesAt + grace - 1, step: 'answer' })).toBe('admitted')
    expect(refusal({ now: closesAt + grace, step: 'answer' })).toBe('closed')
    expect(refusal({ now: closesAt + grace - 1 })).toBe('admitted')
  })

  test('an old page must show its evidence again, unless the survey is over anyway', () => {
    const old = { ...ticket, expiresAt: opensAt + HOUR }
    expect(refusal({ ticket: old, now: opensAt + HOUR - 1 })).toBe('admitted')
    expect(refusal({ ticket: old, now: opensAt + HOUR })).toBe('elig_expired')
    expect(refusal({ ticket: old, now: closesAt + HOUR })).toBe('closed')
  })

  test('staff of rated organs are not eligible', () => {
    expect(refusal({ ticket: { ...ticket, excluded: true } })).toBe('not_eligible')
  })

  test('is admitted at exactly the moments between opening and the end of grace, before its ticket expires', () => {
    const moment = fc.integer({ min: opensAt - 2 * HOUR, max: closesAt + 2 * HOUR })
    fc.assert(
      fc.property(moment, moment, (now, expiresAt) => {
        const inTime = now >= opensAt && now < closesAt + 15 * 60_000 && now < expiresAt
        expect(refusal({ ticket: { ...ticket, expiresAt }, now }) === 'admitted').toBe(inTime)
      }),
    )
  })
})
