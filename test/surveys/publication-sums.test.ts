// Long because every way to invent sums stands in one list.
import { describe, expect, test } from 'vitest'
import { readNotes, surveyFile, writeNotes } from '../../surveys/bundle.ts'
import type { OrganTally, ResultsDocument } from '../../surveys/bundle-documents.ts'
import { canonicalJson, utf8 } from '../../surveys/canonical.ts'
import type { WeightedCell } from '../../surveys/estimate.ts'
import { type Plan, parsePlan } from '../../surveys/plan.ts'
import type { Margin } from '../../surveys/population.ts'
import { answerQuestions, type GroupId, readAnswers } from '../../surveys/questionnaire.ts'
import { outcomeOf, outcomeOfTally, printResults } from '../../surveys/results.ts'
import { addSlip, addSlipMoments, emptyCell, emptyMoments, tallySpec } from '../../surveys/tally.ts'
import { type BundleContent, bundleSids, makeBundle, resum, sequence, sha256Hex } from '../support/published.ts'
import { problemOf, verifyContent } from '../support/published-tools.ts'
import { unloggedBundle } from '../support/unlogged.ts'
import { good, readJson, shippedForm } from './definition-files.ts'

const made = makeBundle({ quarantined: 6 })
const groupNames = ['leaders', 'recipients', 'public'] as const
const talliesOf = (group: GroupId) => surveyFile(bundleSids[group], 'tallies.json')

type Editable = { [key: string]: Editable } & Editable[]
const set = (holder: unknown, change: object) => Object.assign(holder as object, change)
const read = (content: BundleContent, path: string) =>
  JSON.parse(new TextDecoder().decode(content.get(path))) as Editable

/** The bundle with other sums, and with every figure made from them again: what the sums say is all that can tell. */
function withTallies(content: BundleContent, group: GroupId, change: (organs: Editable) => void): BundleContent {
  const changed = new Map(content)
  const document = read(content, talliesOf(group))
  change(document['organs']!)
  changed.set(talliesOf(group), utf8(canonicalJson(document)))
  const plan = good(parsePlan(read(content, 'cycle.json')['plan']))
  const results = read(content, 'results.json') as unknown as ResultsDocument
  const organs = read(content, 'cycle.json')['organs'] as unknown as { code: string; class: string }[]
  const outcomes = organs.map(({ code, class: organClass }, i) => {
    const outcome = (each: GroupId) => {
      const tallies = read(changed, talliesOf(each))['organs'] as unknown as OrganTally[]
      return outcomeOfTally(plan, each, tallies[i]!, 0)
    }
    const groups = { leaders: outcome('leaders'), recipients: outcome('recipients'), public: outcome('public') }
    return { organ: code, class: organClass, groups, reviews: results.organs[i]!.reviews }
  })
  const quarantines = new Map(results.organs.map(({ organ, quarantine }) => [organ, quarantine]))
  const printed = printResults(plan, outcomeOf(plan, outcomes), (organ) => quarantines.get(organ) ?? null)
  changed.set('results.json', utf8(canonicalJson(printed)))
  return resum(changed)
}

const foundIn = async (group: GroupId, change: (organs: Editable) => void) =>
  problemOf(await verifyContent(withTallies(made.files, group, change)))

/** The bundle with another text in the place of a file, and SHA256SUMS that fits. */
const withFile = (path: string, change: (text: string) => string): BundleContent => {
  const text = new TextDecoder().decode(made.files.get(path))
  if (change(text) === text) throw new Error(`nothing was changed in ${path}`)
  return resum(new Map([...made.files, [path, utf8(change(text))]]))
}

const question = (organs: Editable, organ: number, at: number) => organs[organ]!['questions']![at]!

describe('figures made again from the same sums', () => {
  test.each(groupNames)('are good: of %s', async (group) => {
    expect(await foundIn(group, () => {})).toBeNull()
  })
})

describe('invented sums', () => {
  // Recipients: 45 slips about each of three organs, of which six about the first were taken out, and 20 about the last.
  // Citizens: 112 or 113 about each organ, weighted. Leaders: 17 about each.
  test.each<[string, GroupId, string, (organs: Editable) => void]>([
    [
      'points beyond the scale',
      'public',
      'organ jw, question overall, points',
      (organs) => set(question(organs, 0, 0), { points: '500000' }),
    ],
    [
      'points below the scale',
      'recipients',
      'organ fgw, question overall, points',
      (organs) => set(question(organs, 1, 0), { points: '-100' }),
    ],
    [
      'points that no answers have',
      'recipients',
      'organ fgw, question overall, points',
      (organs) => set(question(organs, 1, 0), { points: String(Number(question(organs, 1, 0)['points']) + 1) }),
    ],
    [
      'more answers than slips in the score',
      'recipients',
      'organ jw, question overall, n',
      (organs) => set(question(organs, 0, 0), { n: 5_000 }),
    ],
    [
      'another spelling of the same sum',
      'public',
      'organ jw, question overall, points',
      (organs) => set(question(organs, 0, 0), { points: `${question(organs, 0, 0)['points']}0` }),
    ],
    [
      'answers that count a thousandfold',
      'recipients',
      'organ fgw, question overall, answers',
      (organs) => set(question(organs, 1, 0), { answers: '45000', points: '3240000' }),
    ],
    [
      'weighted answers beyond the weights',
      'public',
      'organ jw, question overall, answers',
      (organs) => set(question(organs, 0, 0), { answers: '560', points: '44800' }),
    ],
    [
      'a weight of seven decimals',
      'public',
      'organ jw, question overall, answers',
      (organs) => set(question(organs, 0, 0), { answers: '112.0000001', points: '8960' }),
    ],
    [
      'more who do not know than slips',
      'public',
      'organ jw, question overall, dontKnow',
      (organs) => set(question(organs, 0, 0), { dontKnow: 9_007_199_254_740_991 }),
    ],
    [
      'a blank where a form without that answer is not taken',
      'recipients',
      'organ fgw, question overall, dontKnow',
      (organs) => set(question(organs, 1, 0), { n: 40, answers: '40', points: '3200' }),
    ],
    [
      'an effective size of more than the slips',
      'public',
      'organ jw, effectiveSampleSize',
      (organs) => set(organs[0], { effectiveSampleSize: '113' }),
    ],
    [
      'a negative effective size',
      'public',
      'organ jw, effectiveSampleSize',
      (organs) => set(organs[0], { effectiveSampleSize: '-1' }),
    ],
    [
      'another effective size where every slip counts once',
      'recipients',
      'organ fgw, effectiveSampleSize',
      (organs) => set(organs[1], { effectiveSampleSize: '44' }),
    ],
    [
      'other degrees of freedom',
      'recipients',
      'organ fgw, degreesOfFreedom',
      (organs) => set(organs[1], { degreesOfFreedom: 4_400 }),
    ],
    [
      'a variance withheld that can be estimated',
      'public',
      'organ jw, ciStatus',
      (organs) => set(organs[0], { variance: null, ciStatus: 'not_estimable' }),
    ],
    [
      'a census of a part',
      'leaders',
      'organ jw, ciStatus',
      (organs) => set(organs[0], { variance: '0', ciStatus: 'census' }),
    ],
    [
      'no variance beside an interval',
      'recipients',
      'organ fgw, variance',
      (organs) => set(organs[1], { variance: '0' }),
    ],
    [
      'a variance wider than the scale',
      'recipients',
      'organ fgw, variance',
      (organs) => set(organs[1], { variance: '900' }),
    ],
    [
      'a warning without a cause',
      'recipients',
      'organ fgw, flags',
      (organs) => set(organs[1], { flags: ['dk_share_high'] }),
    ],
    [
      'a warning of another design',
      'recipients',
      'organ fgw, flags',
      (organs) => set(organs[1], { flags: ['weights_bounded'] }),
    ],
    [
      'a warning left out',
      'recipients',
      'organ fgw, flags',
      (organs) => set(question(organs, 1, 1), { n: 30, answers: '30', points: '2400', dontKnow: 15 }),
    ],
    [
      'more slips in the score than are left of those received',
      'recipients',
      'organ jw, n',
      (organs) => set(organs[0], { n: 40 }),
    ],
  ])('are found: %s', async (_, group, entry, change) => {
    const problem = await foundIn(group, change)
    expect(problem).toMatchObject({ file: talliesOf(group), entry })
    expect(['contradiction', 'below_minimum']).toContain(problem!.code)
  })
})

describe('a score that is not there', () => {
  const none = (organ: number, flag: string, n?: number) => (organs: Editable) => {
    const { organ: code, received, n: all } = organs[organ]!
    ;(organs as unknown as unknown[])[organ] = { organ: code, status: 'insufficient', flag, received, n: n ?? all }
  }

  test.each<[string, GroupId, (organs: Editable) => void]>([
    ['too few, where there are 112 of 100', 'public', none(0, 'n_below_minimum')],
    ['another than too few, where there are too few', 'recipients', none(3, 'question_without_valid_answer')],
    ['too few of the roster, where all 17 of 20 answered', 'leaders', none(0, 'response_below_minimum')],
    ['a response that nobody asks for', 'recipients', none(1, 'response_below_minimum')],
    ['a population that nobody weighs by', 'recipients', none(1, 'calibration_infeasible')],
    ['a category of no population', 'leaders', none(0, 'margin_category_without_response')],
    ['a stratum of none', 'leaders', none(0, 'stratum_without_response')],
    ['an effective size that nobody asks for', 'recipients', none(1, 'n_eff_below_minimum')],
  ])('is found where the reason is %s', async (_, group, change) => {
    expect(await foundIn(group, change)).toMatchObject({
      code: 'unfounded',
      file: talliesOf(group),
      entry: expect.stringMatching(/^organ \w+, flag$/),
    })
  })

  test('is found where the reason is a design that no plan can have', async () => {
    const unsupported = (organs: Editable) => {
      const { organ, received } = organs[0]!
      ;(organs as unknown as unknown[])[0] = { organ, status: 'unsupported_design', part: 'kind', received }
    }
    expect(await foundIn('public', unsupported)).toMatchObject({ code: 'unfounded', entry: 'organ jw, status' })
  })

  test('for a reason that only the slips refute is found by the auditor alone', async () => {
    const infeasible = none(0, 'calibration_infeasible')
    expect(await foundIn('public', infeasible)).toBeNull()
    const audited = withTallies(made.audit, 'public', infeasible)
    expect(problemOf(await verifyContent(audited))).toMatchObject({ code: 'tally', file: talliesOf('public') })
  })
})

describe('withheld means', () => {
  const withheld =
    (organ: number, questions: readonly number[], score: string, flags: readonly string[] = []) =>
    (organs: Editable) => {
      const own = organs[organ]!
      const all = own['questions'] as unknown as { id: string }[]
      const shown = all.map((each, i) => (questions.includes(i) ? { id: each.id, withheld: true } : each))
      set(own, { score, questions: shown, flags })
    }

  test('let no score stand that the other means and the scale cannot give', async () => {
    // Four shown means weigh 40 of 100: with 100 points for the others the score stays below 95.
    const problem = await foundIn('recipients', withheld(1, [0, 1], '99.99'))
    expect(problem).toMatchObject({ code: 'contradiction', entry: 'organ fgw, score', found: '99.99' })
  })

  test('of all questions let no score stand that is no mean of answers', async () => {
    // With 17 answers at most the nearest to 100 is 20 points less of one answer to a question of weight 10 in 100:
    // 100 − 0.1 · 20/17 = 99.88.
    const all = [0, 1, 2, 3, 4, 5, 6]
    const problem = await foundIn('leaders', withheld(0, all, '99.99'))
    expect(problem).toMatchObject({ code: 'contradiction', entry: 'organ jw, score' })
    expect(problem!.expected).toContain('to 99.88')
    expect(await foundIn('leaders', withheld(0, all, '99.88'))).toBeNull()
  })

  test('are refused where more people answered than the hidden questions and the shown ones have answers', async () => {
    // Two shown questions of 10 answers each; five hidden ones of nine, or four of nine together and one of ten.
    const few = (organs: Editable) => {
      withheld(0, [0, 1, 2, 3, 4], '80.00')(organs)
      for (const at of [5, 6]) set(question(organs, 0, at), { n: 10, answers: '10', points: '800' })
    }
    expect(await foundIn('leaders', few)).toBeNull()
    // Of 112 citizens at most 4 · 10 + 9 + 10 = 59 can have answered one of four shown and two hidden questions.
    const more = (organs: Editable) => {
      withheld(0, [0, 1], '80.00')(organs)
      for (const at of [2, 3, 4, 5]) set(question(organs, 0, at), { n: 10, answers: '10', points: '800', dontKnow: 0 })
    }
    expect(await foundIn('public', more)).toMatchObject({ code: 'contradiction', entry: 'organ jw, n', found: '112' })
  })

  test('of a score invented within the scale are found by the auditor alone', async () => {
    const all = withheld(0, [0, 1, 2, 3, 4, 5], '91.00')
    expect(await foundIn('public', all)).toBeNull()
    const audited = withTallies(made.audit, 'public', all)
    expect(problemOf(await verifyContent(audited))).toMatchObject({ code: 'tally', file: talliesOf('public') })
  })
})

describe('the people who may answer', () => {
  test.each([
    ['fewer expected than the manifest has', { expected: 1 }, 'expected'],
    ['a roster of fewer', { roster: [{ cell: 'all', people: 17 }] }, 'roster.0.people'],
    ['no roster', { roster: [] }, 'roster.0'],
    ['another cell', { roster: [{ cell: 'other', people: 20 }] }, 'roster.0.cell'],
  ])('are those of the manifest: %s', async (_, change, entry) => {
    const path = surveyFile(bundleSids.leaders, 'weights.json')
    const changed = withFile(path, (text) => canonicalJson({ ...(JSON.parse(text) as object), ...change }))
    expect(problemOf(await verifyContent(changed))).toMatchObject({ code: 'does_not_fit', file: path, entry })
  })

  test.each([
    ['minimums', { minimums: { n: 1, response_percent: null, effective_n: null } }, 'minimums.n'],
    ['cells', { cells: [] }, 'cells'],
  ])('and the %s of a manifest are those of the plan', async (_, change, entry) => {
    const path = surveyFile(bundleSids.recipients, 'manifest.json')
    const text = canonicalJson({ ...(read(made.files, path) as object), ...change })
    const cycle = read(made.files, 'cycle.json')
    const own = (cycle['surveys'] as unknown as { sid: string }[]).find(({ sid }) => sid === bundleSids.recipients)
    set(own, { manifest: sha256Hex(utf8(text)) })
    const changed = new Map([...made.files, [path, utf8(text)], ['cycle.json', utf8(canonicalJson(cycle))]])
    expect(problemOf(await verifyContent(resum(changed)))).toMatchObject({ code: 'does_not_fit', file: path, entry })
  })
})

describe('signed heads left out', () => {
  test.each(['participation.checkpoints', 'slips.checkpoints'] as const)('are found: the first of %s', async (file) => {
    for (const sid of Object.values(bundleSids)) {
      const path = surveyFile(sid, file)
      const later = withFile(path, (text) => writeNotes(readNotes(text)!.slice(1)))
      expect(problemOf(await verifyContent(later))).toMatchObject({ code: 'checkpoint_missing', file: path })
    }
  })

  test('are found: all of the audit log, and with them its key', async () => {
    const empty = withFile('audit/heads.txt', () => '')
    const file = 'audit/heads.txt'
    expect(problemOf(await verifyContent(empty))).toMatchObject({ code: 'checkpoint_missing', file })
    const keyless = canonicalJson({ ...(read(made.files, 'cycle.json') as object), auditKey: null })
    const both = resum(new Map([...empty, ['cycle.json', utf8(keyless)]]))
    expect(problemOf(await verifyContent(both))).toMatchObject({ code: 'checkpoint_missing', entry: 'auditKey' })
  })
})

describe('honest sums', () => {
  const preset = readJson('plans/2025-jiangzhou.json') as { groups: Record<GroupId, object>; disclosure: object }
  const draw = sequence(3)
  const pick = <T>(values: readonly T[]): T => values[draw.below(values.length)]!

  /** A plan of any design, minimums and rounding that there can be. */
  const anyPlan = (group: GroupId, strata: readonly string[]): Plan => {
    const own = preset.groups[group] as { minimum: object; calibration: string }
    const weightBy = pick(['slips', 'share', 'population'])
    const shares = { 1: ['1'], 2: ['0.6', '0.4'], 3: ['0.5', '1/3', '1/6'] }[strata.length] ?? []
    const title = { 'zh-CN': '层', en: 'A stratum' }
    const stratum = (i: number) => ({ title, ...(weightBy === 'share' ? { share: shares[i]! } : {}) })
    const stratified = {
      kind: 'stratified',
      fpc: pick([true, false]),
      weightBy,
      strata: Object.fromEntries(strata.map((id, i) => [id, stratum(i)])),
    }
    const minimum = { ...own.minimum, n: pick([1, 2, 10, 30]) }
    const design = strata.length === 0 ? { kind: 'srs', fpc: group === 'leaders' } : stratified
    const changed = { ...own, minimum, design }
    const bounds = pick([
      { lower: '0.3', upper: '5' },
      { lower: '0.9', upper: '1.2' },
    ])
    return good(
      parsePlan({
        ...preset,
        cycle: '2026',
        groups: { ...preset.groups, [group]: changed },
        disclosure: { ...preset.disclosure, drillDown: pick([1, 2, 10]) },
        rounding: { decimals: 2, at: pick(['end', 'each']) },
        raking: { mergeBelow: 5, ...bounds },
      }),
    )
  }

  /** One survey of invented people who fill in the form as it is read anywhere. */
  const anySurvey = () => {
    const group = pick(groupNames)
    const strata = group === 'leaders' ? pick([[], ['a'], ['a', 'b'], ['a', 'b', 'c']]) : []
    const plan = anyPlan(group, strata)
    const cells = strata.length === 0 ? ['all'] : strata
    const people = cells.map((cell) => ({ cell, expected: group === 'leaders' ? 1 + draw.below(20) : 200 }))
    const form = shippedForm(group)
    const spec = tallySpec(form)
    const offered = form.pages.flatMap(({ questions }) => questions)
    const margins = plan.groups[group].margins.map((margin) => {
      const asked = offered.find((each) => each.type === 'choice' && each.margin === margin)
      if (asked?.type !== 'choice') throw new Error(`no question for ${margin}`)
      return { name: margin, asked }
    })
    const population = margins.map(({ name, asked }): Margin => {
      const known = asked.options.filter(({ missing }) => missing !== true)
      return { name, categories: known.map(({ value }) => ({ id: value, share: `1/${known.length}` })) }
    })
    const levels = pick([[5, 4, 3, 2, 0], [5, 5, 5, 4], [5], [3, 3, 0, 0, 0]])
    const blank = pick([0, 3, 8])
    const answers = () => {
      const fields = new Map(margins.map(({ asked }) => [`m.${asked.id}`, [asked.options[0]!.value]]))
      for (const each of answerQuestions(form)) {
        const isLeft = each.required !== true && draw.below(10) < blank
        if (each.type === 'rating' && !isLeft) fields.set(`q.o.${each.id}`, [String(pick(levels))])
      }
      const marks = readAnswers(form, { organs: ['o'], detailFor: null, fields })
      if (!marks.ok) throw new Error(JSON.stringify(marks.error))
      return marks.value.slips[0]!.a
    }
    const added = (count: number, stratum: string): WeightedCell[] =>
      Array.from({ length: count }, () => {
        const cell = { sums: emptyCell(spec), moments: emptyMoments(spec) }
        const a = answers()
        addSlip(spec, cell.sums, a)
        addSlipMoments(spec, cell.moments, a)
        const values = margins
          .map(({ asked }) => pick(asked.options))
          .map((each) => (each.missing ? '__missing' : each.value))
        return { stratum, baseClass: '1', margins: values, cell: cell.sums, moments: cell.moments }
      })
    const slips = people.flatMap(({ cell, expected }) => {
      const some = group === 'leaders' ? pick([expected, draw.below(expected + 1)]) : draw.below(pick([10, 40, 190]))
      return added(some, cell)
    })
    const out = Math.min(pick([0, 0, 2, 6]), slips.length)
    const isCalibrated = plan.groups[group].calibration !== 'none'
    const survey = { plan, group, people, population: isCalibrated ? population : null }
    return unloggedBundle({ ...survey, clean: slips.slice(out), taken: slips.slice(0, out) }, spec)
  }

  test('are good in any design: 300 invented surveys, with and without a score', async () => {
    const seen = new Map<string, number>()
    for (let i = 0; i < 300; i++) {
      const { content, tally } = anySurvey()
      const kind = tally.status === 'ok' ? `${tally.ciStatus}${tally.score === null ? '' : ', withheld'}` : tally.status
      seen.set(kind, (seen.get(kind) ?? 0) + 1)
      expect(problemOf(await verifyContent(content)), JSON.stringify(tally)).toBeNull()
    }
    for (const kind of ['ok', 'ok, withheld', 'insufficient', 'degenerate_no_variation', 'census']) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(0)
    }
  })
})
