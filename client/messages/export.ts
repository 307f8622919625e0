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
  place: '名次',
  placeLow: '名次区间最好',
  placeHigh: '名次区间最差',
  tier: '档次',
  expectedPlace: '期望名次',
  certain_in: '确定入围',
  certain_out: '确定不入围',
  undecided: '待定',
  borderlineGrade: '可能的另一等级',
  borderlineProbability: '另一等级的概率',
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
  place: 'Place',
  placeLow: 'Place interval best',
  placeHigh: 'Place interval worst',
  tier: 'Tier',
  expectedPlace: 'Expected place',
  certain_in: 'Certainly in',
  certain_out: 'Certainly out',
  undecided: 'Undecided',
  borderlineGrade: 'Grade also likely',
  borderlineProbability: 'Its probability',
}

/** The words of one language; anything but English is Chinese. */
export const exportMessages = (locale: Locale): typeof chinese => (locale === 'en' ? english : chinese)
