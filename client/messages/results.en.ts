import type { ResultsMessages } from './results.zh-CN.ts'

export const resultsEn: ResultsMessages = {
  product: 'Gongping',
  leaders: 'Leaders',
  recipients: 'Service recipients',
  public: 'Public',
  allClasses: 'All agencies',
  listSeparator: ', ',
  clauseSeparator: '; ',
  range: '{low}–{high}',
  demo: 'Demonstration data: agencies, people and scores are invented',
  skip: 'Skip to content',

  satisfactionScore: 'satisfaction score',
  overallScore: 'overall score',
  collecting: 'No scores during fieldwork',
  not_started: 'The survey has not started',
  not_asked: 'This kind of agency has no such group in the plan',
  n_below_minimum: 'Too few responses: {n} of at least {minimum}',
  response_below_minimum: 'Too few responses: {percent}% of at least {minimum}%',
  n_eff_below_minimum: 'Too few responses: effective sample {effective} of at least {minimum}',
  question_without_valid_answer: 'a question has no valid answer',
  stratum_without_response: 'a stratum has no response',
  margin_category_without_response: 'a category has no response, so it cannot be weighted to the population',
  calibration_infeasible: 'cannot be weighted to the population',
  unsupported_design: 'the method does not support this sampling design',
  noScoreBecause: 'No score: {why}',
  too_few: 'too few responses',
  group_insufficient: 'No {what}: too few responses ({groups})',
  group_unscored: 'No {what}: {groups}',
  unscoredGroup: '{group} ({why})',
  score_missing: 'No {what}: no score for {parts}',
  tooFew: 'Too few responses: {list}',
  groupTooFew: '{group} {n} of at least {minimum}',
  groupNotEnough: '{group} below the plan’s requirement',
  notScoredYet: 'Not scored yet',
  tooFewToShow: 'Too few to show',
  groupWithoutScore: 'Not shown: this group has no score',
  scoreNotPublished: '{why}; score not published',

  census: 'Census, no sampling error',
  not_estimable: 'Sample too small for an interval',
  degenerate_no_variation: 'All answers alike, no interval',
  intervalOf: '{percent}% interval {low}–{high}',
  crosses: 'Interval crosses the {cut} line',

  title: '{cycle}: satisfaction results',
  heading: '{jurisdiction}, {cycle}: satisfaction results',
  keySentence:
    'Of {total} {total:agency|agencies}, {scored} {scored:has|have} a published satisfaction score: median {median}, lowest {lowest}, highest {highest}.',
  keyWithheld: '{withheld} {withheld:has|have} too few responses for a score.',
  keyUnscored: '{unscored} {unscored:has|have} no satisfaction score; the table says why.',
  keyNone: 'None of the {total} {total:agency|agencies} has a satisfaction score; the table says why.',
  keyGrades: 'Grades of the overall score: {list}.',
  gradeCount: '{grade} {count}',
  publishedOn: 'Published {date}.',
  notPublishedUntil: 'The results are expected on {date}.',
  intervalNote: 'Lines are {percent}% intervals; where they overlap much, order does not mean a real difference.',
  tableCaption:
    'Satisfaction score, number of responses and overall grade of each agency ({shown} {shown:agency|agencies})',
  axisNote: 'Satisfaction score, axis from {from} to {to}.',
  filterLabel: 'Show by kind',
  noMatch: 'No agency matches.',
  clearFilter: 'Clear filters',
  organ: 'Agency',
  satisfaction: 'Satisfaction',
  interval: '{percent}% interval',
  responses: 'Responses',
  responsesHead: 'Leaders / service recipients / public',
  dontKnow: 'Don’t know',
  noAnswers: 'no answers',
  overallGrade: 'Overall',
  sortBy: 'Sort by {column}',
  scoreMarkNote: '▲ marks a don’t-know share above {limit}%: the score speaks only for those who know the agency.',
  orderNote: 'Agencies stand in the order of the chosen column; no ranks are given.',
  methodHeading: 'How these scores were made',
  methodHeadingBefore: 'How people are asked and scores are made',
  methodWeight: 'Weight',
  methodReceived: 'Responses',
  methodPeriod: 'Period',
  methodHow: 'Identity and confidentiality',
  methodMinimum: 'Minimum',
  receivedOf: '{received} / {expected}',
  period: '{opens} to {closes}',
  minimumSlips: '{n} per agency',
  minimumEffective: 'an effective sample of {effective}',
  minimumResponse: '{percent}% response',
  minimumAnd: ' and ',
  live: 'Sent directly: confidential, not anonymous against the operator.',
  sealed: 'Sealed box: nobody can read answers before it is opened.',
  roster: 'Ticket from the roster, one response per person.',
  receipt: 'Service receipt, one response per service.',
  oidc: 'Sign-in at an identity provider, one response per person.',
  sms: 'Code by text message, one response per person.',
  methodScale:
    'The levels {levels} count {points} points. “Don’t know” is not scored, and not counted as the lowest level.',
  methodSum: 'Satisfaction = {terms}. {rounding}',
  roundedAtEnd:
    'It enters the overall score unrounded; the result is rounded once, at the end, to {decimals} decimals.',
  roundedAtEach: 'Each level is rounded to {decimals} decimals before it enters the next.',
  methodTerm: '{weight} × {group}',
  methodInterval:
    'The {percent}% interval shows sampling error only. Leaders on a roster are a finite population: the interval assumes that those who did not answer are random inside the group. For the public and service recipients it assumes that answers are as if random inside weighting cells. Bias from those who did not take part is not in it.',
  methodClass:
    'The functional score rests on self-assessment for: {classes}. For the others lead departments review it.',
  methodLink: 'See the whole calculation on an example',
  openHeading: 'Open channel (not scored)',
  openText:
    'Anyone may comment and rate in the open channel; identity is not checked. {received} {received:response|responses} came in. They are kept apart, enter no score and never fill up a sample.',
  checkHeading: 'Check',
  planHash: 'Fingerprint of the plan (SHA-256)',
  manifest: 'Opening manifest of the survey: {group}',
  verifyHeading: 'Verify these results yourself',
  verifyText:
    'Published are not only scores but all that they were made of: plan, questionnaires, sums, participation logs and tickets. Anyone can compute every figure again on a computer of their own, without our database and without trusting us.',
  verifyCommand: 'In the folder of the program, run:',
  verifyFiles: 'List of the files (SHA256SUMS)',
  verifyPage: 'Verify in the browser',
  bundleHash: 'Fingerprint of the published files (SHA-256)',

  place: 'Place',
  tier: 'Tier',
  placeOf: 'Place {place} ({places})',
  placeTied: 'Shared {place} ({places})',
  tierOf: 'Tier {tier}',
  notRanked: 'Not ranked',
  notPlaced: 'No score',
  placesNote:
    'In brackets after a place stands its interval; all intervals hold at once with 95%. Equal scores share a place.',
  tiersUnscored:
    '{unscored} ranked {unscored:agency|agencies} {unscored:has|have} no overall score, so there are tiers and no places.',
  tiersPairs:
    'Only {separatedPercent}% of the pairs can be told apart, fewer than {neededPercent}%, so there are tiers and no places.',
  tiersNote:
    'Inside a tier agencies cannot be told apart and stand by name; those of neighbouring tiers may not be told apart either.',
  ranksHeading: 'What the order means',
  advancedRule: '{title}: {count}, out of those graded {grade}.',
  advancedIn: 'Certainly in, {n}: ',
  advancedOpen: 'Undecided, {n}, of which {chosen} are chosen by two persons in writing, with their reason: ',
  advancedOut: 'The other {n} ranked {n:agency|agencies} {n:is|are} certainly out.',
  mappings: 'Other points for the levels would give other results: {list}.',
  mappingItem:
    'with “{title}” ({points}) {n} {n:agency|agencies} would have another grade, the largest move is {move} {move:place|places}, and {pairs} {pairs:pair|pairs} would change order',
  mappingsNote: 'Answers and weights are the same; official scores use the points of the plan only.',
  quarantineHeading: 'Quarantined answers',
  quarantineCount:
    '{n} {n:rating|ratings} {n:was|were} quarantined because of suspected manipulation and {n:does|do} not count.',
  quarantineFew: 'In {n} {n:case|cases} there are fewer than 5, so only their largest effect is given.',
  quarantineRule: 'Two persons decide a quarantine in writing; nothing was deleted.',
  quarantineLine: ': {text}.',
  quarantineOf: '{group} {n}',
  quarantineFewOf: '{group} fewer than {fewerThan}',
  quarantineBound: '{group} fewer than {fewerThan}, at most {effectAtMost} points of satisfaction',
  quarantineWithout: 'without them (official) satisfaction {satisfaction}, overall {overall} {grade}',
  quarantineWith: 'with them satisfaction {satisfaction}, overall {overall} {grade}',
  quarantineNone: 'No answers were quarantined because of suspected manipulation.',
  audit: 'Participation audit',
  auditNone: 'No findings of an audit were recorded: nobody outside has asked whether people took part.',
  auditDrawn:
    'An auditor drew {drawn} of the {rolled} entries of the roll by the public seed “{seed}” and asked only whether the person took part.',
  auditFound:
    '{confirmed} confirmed it, {denied} said that they did not take part, {notReached} could not be reached, {withoutContact} had left no contact.',
  auditCertainty:
    'With {reached} {reached:person|people} reached, at least one invented entry would have been found with a probability of {percent}% if 1 entry in 100 were invented.',
  quoted: '“{text}”',
  methodWeighting: 'Weighting',
  weightedBy:
    'To the population, by {margins}; the interval assumes that inside a category answers are as if random. Figures: {source}.',

  methodTitle: 'How a score is made',
  methodIntro:
    'Here is a fictional agency, from single answers to the overall score; every number can be redone on paper. The weights are those of the usual plan; the published plan of a year and place decides.',
  step1: '1. Average each question',
  step1Text:
    'A question’s score is the average of its valid answers. “Don’t know” and blank answers take no part; only their share is published.',
  step1Example:
    'Example: 30 service recipients answered question one, 2,340 points in all: 2,340 ÷ 30 = 78. Of them 25 answered question two: 1,940 ÷ 25 = 77.6.',
  step2: '2. Weight the questions into a group score',
  step2Text: 'Question weights stand in the plan and are fixed when the survey opens.',
  step2Example:
    'Example: question one weighs 2, question two weighs 1. Service recipients = (2 × 78 + 1 × 77.6) ÷ 3 = 77.8666… ≈ 77.87.',
  step3: '3. Weight the sample towards its true shares',
  step3Text:
    'Where the plan gives population shares, answers are weighted by them, so that no kind of people counts too much. With several features, such as city, age and sex, the weights are adjusted to one after the other until all fit; no answer counts less than 0.3 times or more than 5 times. If a kind of people is missing altogether, there is no score.',
  step3Example:
    'Example: 60 public responses from city A average 78, 40 from city B average 71; the population shares are 45% and 55%. Public = 0.45 × 78 + 0.55 × 71 = 74.15.',
  step4: '4. Combine the three groups into satisfaction',
  step4Text:
    'Leaders count 0.3, service recipients 0.3, the public 0.4. If one group is too small there is no satisfaction score; no other group takes its place.',
  step4Example: 'Example: 0.3 × 80.8 + 0.3 × 77.8666… + 0.4 × 74.15 = 24.24 + 23.36 + 29.66 = 77.26.',
  step5: '5. Combine satisfaction with the other parts',
  step5Text: 'Functional work counts 40%, management 30%, innovation 10%, satisfaction 20%.',
  step5Example:
    'Example: 40% × 91.25 + 30% × 95.8666… + 10% × 82 + 20% × 77.26 = 36.5 + 28.76 + 8.2 + 15.452 = 88.912, rounded to 88.91: good.',
  step6: '6. The interval says how sure it is',
  step6Text:
    'Satisfaction comes from a sample; other people would have given a slightly different number. The 95% interval is the range of that. In the overall score only satisfaction carries sampling error.',
  step6Example:
    'Example: satisfaction 77.26 has the 95% interval 73.09–81.43; the overall score 88.91 has 88.08–89.75, which does not cross 90.',
  step7: '7. Close scores make no order',
  step7Text:
    'Two agencies count as different only if their scores are further apart than chance explains. Where an order is given, each agency has an interval of places, and agencies that cannot be told apart form a tier. Single places are printed only if every agency has a score and at least 80% of the pairs can be told apart.',
  step7Example:
    'Example: agencies with 88.91, 88.10 and 84.00 and standard errors 0.42, 0.50 and 0.60. The first two cannot be told apart, each has places 1–2; the third is third. Two of three pairs are told apart, 67%: two tiers, no places.',
  step8: '8. Answers that look manipulated',
  step8Text:
    'When a survey has closed, batches of answers are compared with all answers about the same agency: too many alike, or too many on one day. A suspicion changes nothing. Two people decide in writing whether answers are set aside; the rated agency has no say in it, but may appeal. Nothing is deleted. The score with and without them is published, unless fewer than 5 answers are concerned.',
  step8Example:
    'Example: 20 invented answers with full marks beside 200 genuine ones lift a group from 78 to (20 × 100 + 200 × 78) ÷ 220 = 80.',
  methodGrades:
    'The grade follows the published overall score: 90 and above is excellent, 80 and above good, 70 and above qualified, below 70 admonished. Exact halves are rounded up. A measure because of “admonished” needs a score below 70 with a probability of at least 95%; otherwise two people decide and write down why.',
  methodMinimums:
    'Scores from too few responses are not published: fewer than 10 leaders or a response below 50%, fewer than 30 service recipients, fewer than 100 members of the public or an effective sample below 30. A plan may set higher minimums.',
}
