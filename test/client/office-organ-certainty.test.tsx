import { renderToString } from 'preact-render-to-string'
import { describe, expect, test } from 'vitest'
import { OrganPage } from '../../client/pages/office/organ.tsx'
import type { Certainty } from '../../client/pages/office/organ-certainty.tsx'
import type { Weighting } from '../../client/pages/office/organ-weighting.tsx'
import { ok, organ, shell } from './office-sample.ts'

const page = (changes = {}) => renderToString(<OrganPage {...organ(changes)} />)
const textOf = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&quot;', '"')

/** One group's part of the page. */
const groupOf = (html: string, group: string) => html.split(`id="group-${group}"`)[1]!.split('<section')[0]!

/** The worked example: 88.912 with a standard error of 0.4167; leaders 3.6 points of satisfaction, 0.72 overall. */
function certain(changes: Partial<Certainty> = {}): Certainty {
  return {
    probabilities: [
      { grade: 'admonished', percent: '<0.1' },
      { grade: 'qualified', percent: '<0.1' },
      { grade: 'good', percent: '99.5' },
      { grade: 'excellent', percent: '0.5' },
    ],
    borderline: null,
    measure: null,
    safePercent: '95',
    nearest: { cut: '90', distance: '1.09', persons: 2, group: 'leaders' },
    hingesOnOneRater: false,
    place: {
      ...{ status: 'ranked', place: null, interval: [2, 9], tier: 2, expected: '5.4', advanced: 'certain_out' },
      ...{ isTied: false, tiers: 4, organs: 52, unscored: 0, separatedPercent: '79.9', neededPercent: 80 },
    },
    mappings: [
      { title: '等距分值', score: '72.96' },
      { title: '只计前两级', score: '68.60' },
    ],
    quarantine: null,
    quarantineIsBounded: false,
    ...changes,
  }
}
const certainText = (changes: Partial<Certainty> = {}, others = {}) =>
  textOf(
    page({ certainty: certain(changes), ...others })
      .split('id="certainty-title"')[1]!
      .split('</section>')[0]!,
  )

const weighting = (): Weighting => ({
  margins: ['您现在住在哪个市？'],
  source: '第七次人口普查',
  bounds: { lower: '0.3', upper: '5' },
  tables: [
    {
      title: '您现在住在哪个市？',
      rows: [
        { label: '甲市', sample: { n: 60, percent: '60.0', weight: '0.75' }, populationPercent: '45.0' },
        { label: '乙市', sample: null, populationPercent: '55.0' },
        { label: null, sample: { n: 6, percent: '6.0', weight: '1.00' }, populationPercent: null },
      ],
    },
  ],
  unmet: null,
})

function weightedText(own: Weighting): string {
  const [leaders, recipients, people] = organ().groups
  return textOf(groupOf(page({ groups: [leaders!, recipients!, { ...people!, weighting: own }] }), 'public'))
}

describe('how sure an organ’s grade and place are', () => {
  test('says how likely each grade is, how far its limit is, and how many people would cross it', () => {
    const text = certainText()
    expect(text).toMatch(/优秀 0\.5%.*良好 99\.5%.*达标 <0\.1%.*诫勉 <0\.1%/)
    // 90 − 88.912 = 1.088; ⌈1.088 ÷ 0.72⌉ = 2
    expect(text).toContain('距最近的 90 分线 1.09 分。领导中有 2 人')
    expect(text).not.toMatch(/临界|一个人的评价/)
    expect(certainText({ borderline: { grade: 'excellent', percent: '26.6' } })).toContain(
      '◆ 临界：也可能是优秀（概率 26.6%）。',
    )
    expect(certainText({ hingesOnOneRater: true })).toContain('一个人的评价就可能改变等级')
    const far = certainText({ nearest: { ...certain().nearest!, persons: 'more_than_answered' } })
    expect(far).toContain('距最近的 90 分线 1.09 分。只改变领导的回答，无论多少份，都跨不过这条线。')
    expect(far).not.toMatch(/有 .* 人/)
  })

  test('says in words where there is no sampling error, and why there are no probabilities', () => {
    expect(certainText({ probabilities: 'no_sampling_error' })).toContain('没有抽样误差')
    const unknown = certainText({ probabilities: 'not_known' })
    expect(unknown).toContain('抽样误差无法估计，不计算概率')
    expect(unknown).not.toContain('%。')
  })

  test('lets a measure follow only where the score is safely low, and else says who decides and what would settle it', () => {
    const measure = (status: 'safe' | 'near_cut', percent: string | null, timesAnswers: string | null) =>
      certainText({ measure: { status, percent, timesAnswers } })
    expect(measure('safe', '99.2', null)).toContain('总分低于 70 分的概率是 99.2%，不小于 95%：可以采取措施。')
    const near = measure('near_cut', '84.1', '2.7')
    expect(near).toContain('△ 总分低于 70 分的概率是 84.1%，不到 95%：属于临界。')
    expect(near).toContain('由两人书面决定并写明理由')
    expect(near).toContain('各群体的答卷达到现在的约 2.7 倍')
    expect(near).not.toContain('可以采取措施')
    expect(measure('near_cut', '49.0', null)).toContain('增加答卷也不能分清')
    expect(measure('near_cut', null, null)).toContain('△ 抽样误差无法估计，按临界处理。')
    expect(certainText()).not.toContain('诫勉措施')
  })

  test('gives a tier and the interval of the place, and why there is no place; a place where there may be one', () => {
    const tier = certainText()
    expect(tier).toContain('第 2 档（共 4 档）。95% 名次区间 2–9（共 52 个单位')
    expect(tier).toContain('期望名次 5.4。只有 79.9% 的单位对分得开，不到 80%，不公布名次。')
    const { place } = certain()
    const given = (changes: object) => certainText({ place: { ...place, ...changes } as Certainty['place'] })
    expect(given({ unscored: 2 })).toContain('有 2 个单位没有总分，不公布名次')
    expect(given({ place: 3 })).toContain('第 3 名，95% 名次区间 2–9')
    expect(given({ place: 3, isTied: true })).toContain('并列第 3 名')
    // The level of the plan is that of the intervals of scores; those of places have their own.
    for (const changes of [{}, { place: 3 }, { place: 3, isTied: true }]) {
      const ninety = certainText({ place: { ...place, ...changes } as Certainty['place'] }, { intervalPercent: '90' })
      expect(ninety).toContain('95% 名次区间 2–9')
      expect(ninety).not.toContain('90%')
    }
    expect(certainText({ place: { status: 'not_ranked' } })).toContain('方案规定政府机关不参加排名')
  })

  test('gives satisfaction with other points for the levels, and leaves it out where it would tell a group’s answers', () => {
    expect(certainText()).toMatch(/方案分值 77\.26.*72\.96.*68\.60/)
    expect(certainText({ mappings: [] })).not.toContain('换一种分值')
  })

  test('puts the scores with and without quarantined answers side by side, and of a handful gives only a bound', () => {
    const with_ = { satisfaction: ok('83.10'), overall: ok('90.08'), grade: 'excellent', changesGrade: true }
    const text = certainText({ quarantine: with_ })
    expect(text).toContain('不计入（正式）：满意度 77.26，总分 88.91，良好。计入：满意度 83.10，总分 90.08，优秀。')
    expect(text).toContain('◆ 计入或不计入被隔离的答卷，等级不同')
    const [leaders, recipients, people] = organ().groups
    const groups = [
      leaders!,
      { ...recipients!, quarantine: { shown: 'official' as const, fewerThan: 5, effectAtMost: '4.27' } },
      { ...people!, quarantine: { shown: 'both' as const, slips: 12, all: ok('75.02') } },
    ]
    const html = page({ groups, certainty: certain({ quarantineIsBounded: true }) })
    expect(textOf(groupOf(html, 'recipients'))).toContain('少于 5 份；对满意度的影响不超过 4.27 分')
    expect(textOf(groupOf(html, 'public'))).toContain('12 份；不计入（正式）74.15，计入 75.02')
    expect(textOf(html)).toContain('只公布影响的上限')
    expect(textOf(page())).not.toContain('被隔离的答卷')
  })

  test('is said in English as well', () => {
    const sure = textOf(page({ shell: shell('en'), certainty: certain() }))
    expect(sure).toContain('It would be crossed by 2 persons among the leaders')
    expect(sure).toContain('Only 79.9% of the pairs can be told apart')
    const near = certain({ borderline: { grade: 'excellent', percent: '11.9' } })
    expect(textOf(page({ shell: shell('en'), certainty: near }))).toContain('it could also be 优秀 (probability 11.9%)')
  })
})

describe('on whom an organ’s score rests', () => {
  test('says how much one person of each group could move', () => {
    const [leaders, ...others] = organ().groups
    const groups = [{ ...leaders!, leverage: { satisfaction: '3.60', overall: '0.72' } }, ...others]
    expect(textOf(groupOf(page({ groups }), 'leaders'))).toContain('最大单人影响满意度 3.60 分，总分 0.72 分')
  })

  test('sets the sample beside the population, without the categories of a few', () => {
    const text = weightedText(weighting())
    expect(text).toContain('依据是“您现在住在哪个市？”。一份答卷的系数不小于 0.3，不大于 5。')
    expect(text).toContain('人口数据来源：第七次人口普查。区间以模型为依据')
    expect(text).toContain('甲市6060.0%45.0%0.75')
    expect(text).toMatch(/乙市··样本太少，不显示··样本太少，不显示55\.0%··样本太少，不显示/)
    expect(text).toContain('没有说明66.0%不适用1.00')
  })

  test('names the categories for which the weighting fails in the words of the questionnaire, and what to do', () => {
    const categories = [{ question: '您现在住在哪个市？', category: '云湖市' }]
    const text = weightedText({ ...weighting(), tables: [], unmet: { isEmpty: false, categories } })
    expect(text).toContain('对不上：“您现在住在哪个市？”云湖市。本次测评的人口数据已经固定')
    expect(text).toContain('下次测评开始前，可以给份数少的类别指定一个相邻类别合并计算，或者多邀请这类人')
    const nobody = weightedText({ ...weighting(), tables: [], unmet: { isEmpty: true, categories } })
    expect(nobody).toContain('这些类别没有人回答：“您现在住在哪个市？”云湖市。')
    expect(nobody).not.toContain('对不上')
    expect(text).toContain('系统不作任何猜测')
    expect(text).not.toContain('区间以模型为依据')
    const unnamed = weightedText({ ...weighting(), tables: [], unmet: { isEmpty: false, categories: [] } })
    expect(unnamed).toContain('答卷无法按人口比例加权')
  })
})
