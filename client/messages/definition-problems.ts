import type { Locale } from '../../surveys/questionnaire.ts'

// What is needed at a place of a definition file, in Chinese. The core says it in English, with the numbers in it.

const chinese: readonly (readonly [RegExp, string])[] = [
  [/^must be a whole number from (.+) to (.+)$/, '应是 $1 到 $2 的整数'],
  [
    /^must be a whole number from (.+) to (.+), text such as .*$/,
    '应是 $1 到 $2 的整数、“66.67”这样的两位小数，或留空表示不计分',
  ],
  [/^must be a whole number$/, '应是整数'],
  [/^must be at least min$/, '不能小于最少数'],
  [/^must be at least (\d+)$/, '不能小于 $1'],
  [/^must be at most (\d+)$/, '不能大于 $1'],
  [/^must not be empty$/, '请填写'],
  [/^must be text$/, '请填写文字'],
  [/^must be written: .*$/, '请填写：问卷声明了这种语言'],
  [/^must hold a text for each language$/, '每种语言都要填写'],
  [/^must have at most (\d+) characters$/, '最多 $1 个字符'],
  [/^must be well-formed text.*$/, '含有无法保存的字符，或首尾有空白'],
  [/^must start with a small letter.*$/, '用小写字母开头，只含小写字母、数字和下划线，最多 40 个'],
  [/^must be the id of a scale.*$/, '应是本问卷里一个量表的代号'],
  [/^must be the id of a dimension.*$/, '应是本问卷里一个维度的代号'],
  [/^must be the id of an earlier rating.*$/, '只能引用前面同一类页上的评价题或选择题'],
  [/^must be among the answers of (.+): (.+)$/, '应是 $1 的取值之一：$2'],
  [/^must be eq, ne, in or answered for a choice$/, '选择题只能比较是否等于'],
  [/^must be \{q, op, v\}.*$/, '读不懂这个条件'],
  [/^must differ from every other (.+)$/, '不能与其他的重复'],
  [/^must have a question that asks about it$/, '要有一道题问这个维度'],
  [/^must be a dimension that no other question asks about$/, '一个维度只能有一道题'],
  [/^must hold one rating with role overall$/, '要有一道总体评价题'],
  [/^must be dimension: there is one overall rating$/, '总体评价题只能有一道'],
  [/^must stand on a core page when it is overall$/, '总体评价题要在核心页上'],
  [/^must be left out of the overall rating$/, '总体评价题不要填这一项'],
  [/^must be left out: there is at most one text question$/, '文字题最多一道'],
  [/^must be left out, or the language declared in locales$/, '没有声明这种语言'],
  [/^must stand on a page per organ.*$/, '每份只问一次的页上只能放人口结构题'],
  [/^must stand on a page per response$/, '人口结构题要放在每份只问一次的页上'],
  [/^must be less than the score of the level before$/, '分值要比前一个等级低'],
  [/^must be a number, except in the last level$/, '只有最后一个等级可以不计分'],
  [/^must be 0 for the level without a score.*$/, '不计分的等级取值为 0，其他等级不能为 0'],
  [/^must hold at least 2 levels$/, '至少要有 2 个等级'],
  [/^must hold at least one (.+)$/, '至少要有一项'],
  [/^must hold at least 2 options$/, '至少要有 2 个选项'],
  [/^must hold at most 8 options.*$/, '可以多选时最多 8 个选项'],
  [/^must hold at most 20 options$/, '最多 20 个选项'],
  [/^must hold exactly one option with missing: true$/, '要有且只有一个“不想回答”的选项'],
  [/^must name the margin$/, '请填写人口结构的名称'],
  [/^must be false for a margin.*$/, '人口结构题不能必答，也不能多选'],
  [/^must be all, unless.*$/, '只有由本人选择单位时，才能只问第一个'],
  [/^needs multiple$/, '只在可以多选时填写'],
  [/^needs role margin$/, '只在作用是“人口结构”时填写'],
  [/^must hold no braces other than .*$/, '花括号里只能是 {organ}、{count} 或 {share}'],
  [/^must hold the same placeholders as zh-CN$/, '花括号里的内容要与中文一致'],
  [/^must hold ([\w-]+)$/, '要有 $1'],
  [/^must name each language once$/, '每种语言只写一次'],
  [/^must be true or false$/, '应是 true 或 false'],
  [/^must have type .*$/, '题型应是 rating、choice 或 text'],
  [/^must have kind .*$/, 'kind 应是 one、each 或 pick'],
  [/^must be a language tag .*$/, '应是 zh-CN 这样的语言代号'],
  [/^must be an object$/, '应是一个对象'],
  [/^must be a list$/, '应是一个列表'],
  [/^must be 1 to 40 .*$/, '用小写字母、数字和连字符，不以连字符开头，最多 40 个'],
  [/^must be (.+, .+ or .+|[\w-]+ or [\w-]+|[\w-]+)$/, '应是 $1'],
  [/^is not a known field.*$/, '没有这个字段，请删除或改正拼写'],
]

/** The message of a `DefinitionProblem`; one that has no translation is shown as it is. */
export function definitionProblemText(locale: Locale, message: string): string {
  if (locale === 'en') return message
  const found = chinese.find(([pattern]) => pattern.test(message))
  return found ? message.replace(found[0], found[1]) : message
}
