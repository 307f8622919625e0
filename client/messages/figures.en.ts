import type { FiguresMessages } from './figures.ts'

export const figuresEn: FiguresMessages = {
  nav: 'Charts',
  title: 'Charts: {cycle}',
  intro: 'Every chart has its table; chart, table, picture and file hold the same numbers.',
  collecting:
    'Charts appear here once the surveys are closed and the boxes open; no scores are shown during fieldwork.',
  contents: 'Charts on this page',
  filters: 'Filter',
  filterNote: 'The same filter applies to every chart on this page.',
  allGroups: 'All groups together',
  part: 'People',
  allParts: 'All',
  compare: 'Agencies to compare (at most {most})',
  compareChosen: '{n} {n:agency|agencies} chosen',
  compareAll: 'All agencies',
  compareMany: 'At most {most} agencies can be compared at once; the first {most} are used here.',
  apply: 'Show',
  clear: 'Clear filter',
  filtered: 'Filter: {list}.',
  wholeTable: 'The chart draws the first {drawn} of {n} rows of the table.',
  tooFewNote: '·· too few, or could be worked out from other numbers: not shown.',
  basis: 'Basis: scores by the weights of plan {plan}; intervals are {percent}% intervals by the t distribution.',
  partBasis:
    'Basis: responses of these people only, with the weights they have among all; not shown below {minimum} responses, or where fewer than {minimum} others remain.',
  answers: 'Valid ratings',
  low: 'Low',
  high: 'High',
  bestPlace: 'Best place',
  worstPlace: 'Worst place',
  onlyOverall: 'This chart is of overall scores only; choose all groups together and all people.',
  notByPart:
    'This chart is not broken down by people: the plan does not provide for it, or it would expose the answers of a few.',
  needsOrgan: 'Choose an agency above.',
  nothing: 'The chosen agencies have no number that may be shown.',

  aheadTitle: 'Who is really ahead',
  aheadOf: '{measure}: {n} {n:agency|agencies}',
  aheadFinding:
    '{measure} of {n} agencies: from {lowest} ({last}) to {highest} ({first}). Where lines overlap much, order does not mean a real difference.',
  aheadOne: '{measure} of {first}: {highest}.',
  aheadWithheld: '{n} {n:agency has|agencies have} no score and no dot.',
  satisfactionTitle: 'Who is really ahead, by all groups together',
  groupScore: 'Score by {group}',
  partScore: 'Score by {group}, “{part}”',

  placesTitle: 'Where places overlap',
  placesOf: 'Place intervals: {n} {n:agency|agencies}',
  placesFinding:
    'The intervals of {n} {n:agency|agencies} hold {mean} places on average; of {pairs} pairs {separated} ({percent}%) can be told apart.',
  placesAxis: 'Place (1 is the best of {n})',
  placesNote: 'Dots are expected places, lines are place intervals; all intervals hold together with 95%.',

  agreementTitle: 'Do the groups agree?',
  agreementOf: 'Scores by group: {n} {n:agency|agencies}',
  agreementFinding:
    'The groups differ most about {organ}, by {gap} points; about {n} {n:agency|agencies} they differ by no more than 5.',
  agreementAxis: 'Score',
  gap: 'Difference',
  agreementNote: 'The difference is that of the highest and the lowest group score; largest first.',

  spreadTitle: 'How answers are spread',
  spreadOf: 'Overall rating by {group}: {n} {n:agency|agencies}',
  spreadFinding: 'Most dissatisfaction: {organ}, with {percent}% of valid answers below “{level}”.',
  spreadAxis: 'Percent of valid answers; “{level}” and better to the right, the rest to the left',
  spreadWholeAxis: 'Percent of valid answers',
  spreadNote:
    'Percentages are not weighted; most dissatisfied first. Not shown below {minimum} answers, or where all answers are alike.',
  spreadLeaders: 'Answers of leaders are never shown by level. Choose recipients or the public.',

  answersTitle: 'How each question was answered',
  answersOf: '{organ} · {group}: answers to each question ({n} valid {n:rating|ratings})',
  answersFinding:
    'The side of {organ} that dissatisfies most, {group}: “{question}”, with {percent}% of valid answers below “{level}”.',
  answersNote:
    'Counts and percentages are not weighted. Questions with fewer than {minimum} valid answers have no distribution.',
  answersFew: '{n} valid {n:answer|answers}, fewer than {minimum}: no distribution is shown.',
  answersIdentical: 'All answers are alike: no distribution is shown.',
  answersNoMean: 'Another question has too few answers; so that it cannot be worked out, this one is not shown either.',
  answersNoScore: 'This group has no score: no distribution is shown.',
  answersNone: 'Every question has too few valid answers, or all alike: no distribution is shown.',
  countOf: '{level} (number)',

  heatTitle: 'Which side of which agency',
  heatOf: '{group}: mean scores by side, {n} {n:agency|agencies}',
  heatFinding:
    'Lowest: “{dimension}” of {organ}, {low} points; highest: “{bestDimension}” of {bestOrgan}, {high} points.',
  heatNote: 'Seven shades from pale to dark, from the lowest to the highest score of this table.',

  yearsTitle: 'Against the year before',
  yearsOf: '{measure}: {before} and {now}, {n} {n:agency|agencies}',
  yearsFinding:
    'Really up: {up}; really down: {down}. The changes of the other {same} are within sampling error, or their error is not known.',
  yearsNone: 'There is no earlier cycle to compare with.',
  yearsDiffer: 'Questionnaire or scores changed; not comparable.',
  yearsWeights: 'The weights of the groups changed; not comparable.',
  change: 'Change',
  changeLow: 'Change, low',
  changeHigh: 'Change, high',
  yearsNote:
    'The interval of the change takes the samples of both years as independent ({percent}%); where it holds 0, nothing can be said to have changed. Largest change first.',
  yearsAxis: 'Score',
  noLast: 'No score the year before',

  reasonsTitle: 'What is wrong',
  reasonsOf: 'Reasons given by {group}: {about}',
  reasonsFinding: 'Given most: “{reason}”, by {percent}% of the {n} who gave a reason.',
  reasonsCompared: 'Given most about {organ}: “{reason}”, by {percent}%.',
  reason: 'Reason',
  times: 'Times',
  ofTellers: 'Percent of those who gave a reason',
  ofTellersAbout: '{organ} %',
  reasonsNote:
    'Each person may give several, so the sum may exceed 100%. Not shown where fewer than {minimum} gave a reason; a reason given fewer than {cell} times is shown as ··, and of several classes together one that was given fewer times in any of them.',
  reasonsNotAsked: 'The questionnaire did not ask for reasons.',
  reasonsLeaders: 'Reasons of leaders are never shown. Choose recipients or the public.',
  aboutAll: 'all agencies',

  sampleTitle: 'Is the sample like the population?',
  sampleOf: 'Sample and population: {organ}, {group}',
  feature: 'Question',
  sampleFinding:
    'Furthest from the population: “{category}” ({feature}), {sample}% of the sample and {population}% of the population.',
  sampleEven: 'There is no category to compare.',
  sampleAxis: 'Percent',
  sampleNote:
    'Weights give each category its part of the population; above 1, fewer of them answered than should. Source of the population figures: {source}.',
  sampleNone: 'The plan does not weight this group by the population.',

  priorityTitle: 'What matters most',
  priorityOf: '{group}: score and weight by side, {about}',
  priorityFinding: 'Most is lost by “{dimension}”: scored {score}, it takes {lost} points off the score of the group.',
  priorityNote:
    'Effect = (100 − score) × weight, the points by which the group score is lower. Dashed lines are medians.',
  priorityMean: 'mean of {n} {n:agency|agencies}',
  dimension: 'Side',
  weightPercent: 'Weight %',
  lost: 'Effect',

  stairsTitle: 'How the overall score comes about',
  stairsOf: 'Overall score of {organ}',
  stairsFinding: 'Overall score of {organ}: {score}; most was lost in “{part}”, {lost} points.',
  stairsAxis: 'Points (hatched is lost)',
  step: 'Step',
  full: 'Full mark',
  gained: 'Score',
  plusMinus: 'Plus or minus',
  running: 'Running total',
  from: 'Source',
  fromReview: 'Lead departments',
  fromSurvey: 'Surveys of the three groups',
  start: 'Full mark',
  end: 'Overall score',
  stairsMore: 'From the overall score to every question and the count of every level',
}
