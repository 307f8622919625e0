import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'

/** What the opening of a box says on a terminal. */
const chinese = {
  usage: `用法：npm run open-box -- 地区/测评 [选项]

  --shares 文件    保管人的份额，一行一份；不给则用 GONGPING_KEYS 里的钥匙文件
  --dry-run        全部算一遍，什么也不写；服务器可以照常运行
  --json           结果用 JSON
  --lang zh|en     语言，默认按环境变量 LANG

返回值：0 完成；1 被拒绝；2 用法不对，或无法进行。`,
  noFile: '没有文件 {path}。',
  unknownSurvey: '没有测评 {survey}。',
  noShares: '{survey} 的钥匙是文件，不是份额：请不要用 --shares。',
  shareLine: '第 {n} 行：{why}',
  refused: {
    not_closed: '测评还没有截止。',
    not_sealed: '这项测评即时收集，没有票箱。',
    not_agreed: '这只票箱的钥匙是文件：须先由两名管理员在这项测评的开箱页面上同意。',
    wrong_key: '这不是这只票箱的钥匙：其中有以前的钥匙留下的份额，或不属于同一把钥匙。没有打开任何答卷。',
    no_key_file: '没有这只票箱的钥匙文件；由保管人保管的，用 --shares 文件 给出份额。',
    refused: '票箱或日志与签名时的不一致，没有打开任何答卷。',
    unreadable: '一份信封也读不出来：没有打开，也没有销毁任何内容。',
    conflict: '测评刚刚有变化，请再运行一次。',
    opened: '票箱此前已经打开，钥匙与信封已经销毁。',
  },
  opening: '解密信封',
  writing: '写入答卷',
  dryRun: '试算：没有写入任何内容。',
  opened: '票箱已经打开，钥匙与信封已经销毁。',
  openedUnread: '答卷太少，一份也没有打开；票箱和钥匙已经销毁。',
  dryRunUnread: '试算：答卷太少，开箱时一份也不会打开，票箱和钥匙会直接销毁。没有写入任何内容。',
  notDestroyed: '票箱已经打开，但钥匙与信封没有销毁完（{why}）。请再运行一次；服务器启动后也会自己做完。',
  unfinished: '{survey} 的票箱此前已经打开，但钥匙与信封没有销毁完：请不带 --dry-run 再运行一次。',
  finished: '{survey} 的票箱此前已经打开，但没有销毁完；现在钥匙与信封都已销毁。',
  envelopes: '信封 {n} 份，票箱的根 {root}',
  counts: '有效 {valid}，无效 {invalid}，撤回 {withdrawn}',
  fault: '  无效的原因：{why}，{n} 份',
  slips: '评价日志的根 {root}',
  tallies: '汇总的指纹 {hash}',
  faults: {
    not_opened: '用这把钥匙解不开',
    wrong_length: '长度不对',
    wrong_padding: '填充不对',
    not_utf8: '不是文字',
    not_json: '不是 JSON',
    unknown_version: '版本不认识',
    wrong_shape: '内容不是答卷',
    not_canonical: '写法不规范',
    wrong_survey: '是另一项测评的',
    wrong_cell: '核验分区与凭证不符',
    unknown_organ: '没有这个单位',
    unknown_margin: '年龄或性别的选项不存在',
    repeated_id: '编号重复',
    wrong_answer_count: '答案个数不对',
    several_details: '详细评价多于一个单位',
    not_as_read: '与表单读出的不一致',
    required: '必答题没有答',
    unknown_field: '有问卷里没有的题',
    unknown_option: '答案超出选项',
    repeated: '同一单位评了两次',
    too_many: '选得太多',
    too_long: '意见太长',
    too_long_together: '意见合起来太长',
    not_text: '意见里有不能保存的字符',
    nothing_answered: '没有作答',
  },
}

const english: Translation<typeof chinese> = {
  usage: `Usage: npm run open-box -- PLACE/SURVEY [options]

  --shares FILE    the trustees' shares, one to a line; without it the key file in GONGPING_KEYS is used
  --dry-run        compute everything and write nothing; the server may be running
  --json           the result as JSON
  --lang zh|en     language, by LANG unless given

Ends with 0 when done, 1 when refused, 2 for a wrong usage or when it could not be tried.`,
  noFile: 'There is no file {path}.',
  unknownSurvey: 'There is no survey {survey}.',
  noShares: 'The key of {survey} is a file and was not cut into shares: leave out --shares.',
  shareLine: 'Line {n}: {why}',
  refused: {
    not_closed: 'The survey has not closed.',
    not_sealed: 'This survey is answered live: it has no box.',
    not_agreed:
      'The key of this box is a file: two administrators have to agree first, on the page of the survey where its box is opened.',
    wrong_key:
      'This is not the key of this box: one of the shares is left from an earlier key, or they belong to different ones. No response was opened.',
    no_key_file: 'There is no key file of this box. Where trustees hold the key, give their shares with --shares FILE.',
    refused: 'The box or the logs are not what was signed. No response was opened.',
    unreadable: 'Not one envelope of this box can be read. Nothing was opened, and nothing destroyed.',
    conflict: 'The survey was changed meanwhile. Run it again.',
    opened: 'The box was opened before; its key and envelopes are destroyed.',
  },
  opening: 'envelopes decrypted',
  writing: 'envelopes written',
  dryRun: 'Dry run: nothing was written.',
  opened: 'The box is open; its key and envelopes are destroyed.',
  openedUnread: 'There were too few responses, so none was opened. Box and key are destroyed.',
  dryRunUnread:
    'Dry run: there are too few responses, so the opening would read none and destroy box and key. Nothing was written.',
  notDestroyed:
    'The box is open, but its key and envelopes are not all destroyed ({why}). Run it again; the server also does it by itself when it runs.',
  unfinished:
    'The box of {survey} was opened before, but its key and envelopes are not all destroyed: run this without --dry-run.',
  finished:
    'The box of {survey} was opened before, and not everything was destroyed. Now its key and envelopes are destroyed.',
  envelopes: 'envelopes {n}, box root {root}',
  counts: 'valid {valid}, invalid {invalid}, withdrawn {withdrawn}',
  fault: '  invalid, {why}: {n}',
  slips: 'slips log root {root}',
  tallies: 'tallies hash {hash}',
  faults: {
    not_opened: 'this key does not open it',
    wrong_length: 'wrong length',
    wrong_padding: 'wrong padding',
    not_utf8: 'no text',
    not_json: 'no JSON',
    unknown_version: 'unknown version',
    wrong_shape: 'not a response',
    not_canonical: 'not written in the canonical form',
    wrong_survey: 'of another survey',
    wrong_cell: 'its verified cell is not that of the ticket',
    unknown_organ: 'an unknown agency',
    unknown_margin: 'an unknown age group or sex',
    repeated_id: 'an id that comes twice',
    wrong_answer_count: 'wrong number of answers',
    several_details: 'details about more than one agency',
    not_as_read: 'not as the form would have read it',
    required: 'a question that has to be answered is not',
    unknown_field: 'a question that the form does not have',
    unknown_option: 'an answer that is no option',
    repeated: 'an agency that is rated twice',
    too_many: 'too many choices',
    too_long: 'a comment that is too long',
    too_long_together: 'comments that are too long together',
    not_text: 'characters in a comment that cannot be kept',
    nothing_answered: 'nothing is answered',
  },
}

/** The words of one language; anything but English is Chinese. */
export const openBoxMessages = (locale: Locale) => (locale === 'en' ? english : chinese)
