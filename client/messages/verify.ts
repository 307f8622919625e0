import type { BundleProblemCode, CheckName } from '../../surveys/publication.ts'
import type { Locale } from '../../surveys/questionnaire.ts'

/** What a verification says, on the page and on the command line. */
export interface VerifyMessages {
  readonly checks: Readonly<Record<CheckName, string>>
  readonly problems: Readonly<Record<BundleProblemCode, string>>
  readonly problem: string
  readonly found: string
  readonly expected: string
  readonly good: string
  readonly goodAudit: string
  readonly corrects: string
  readonly hash: string
  readonly mismatch: string
  readonly unreadable: string
  readonly title: string
  readonly intro: string
  readonly offline: string
  readonly chooseFolder: string
  readonly address: string
  readonly check: string
  readonly reading: string
  readonly working: string
  readonly failed: string
  /** Why a file of an address cannot be read. */
  readonly silent: string
  readonly tooMuch: string
  readonly otherSite: string
  readonly notReached: string
  readonly limits: string
  readonly needsScript: string
}

const chinese: VerifyMessages = {
  checks: {
    files: '{files} 个文件共 {bytes} 字节，与 SHA256SUMS 逐一相符',
    definitions: '{surveys} 项测评的开始清单写明的就是这份方案和这些问卷，涉及 {organs} 个单位',
    checkpoints: '{checkpoints} 个检查点均由开始清单中的日志密钥签名',
    logs: '参与日志 {leaves} 行、评价日志 {slipLeaves} 行，重算的树根与每个检查点一致',
    tickets: '{tickets} 张凭证均由本测评签发、各不相同，与日志一致；日志共有 {tags} 个标签',
    counts: '各票箱人数对得上：{spent} 张凭证已用，{slips} 张单张评价',
    audits:
      '参与情况抽查（{audits} 项测评）的人数对得上：参与名册 {rolled} 条中抽取 {drawn} 条，{confirmed} 人确认参加，{denied} 人表示没有参加，{notReached} 人没有联系到，{withoutContact} 条没有联系方式',
    figures:
      '{figures} 项公布的数据由公布的汇总和评分重新算出，逐位一致，其中有 {totals} 个综合评估得分和它们的 {parts} 个分项（{bounded} 个单位有不公布的题目均值，只能核对到所印的位数）',
    lineage: '{organs} 个单位的评分来源共 {lines} 行，与其他文件一致，由末端逐级算出的总分就是公布的总分',
    disclosure:
      '{published} 项汇总均达到最低人数，与量表、权数和收到的评价数相容，{withheld} 项不公布得分的理由与公布的数据相符',
    heads: '{heads} 个审计日志头均已签名，依次增长',
    slips: '{slips} 张单张评价与日志相符，{cells} 个加权单元、权数和汇总由此重新算出',
  },
  problems: {
    sums_malformed: 'SHA256SUMS 的这一行无法读取或次序不对',
    file_set: '文件不齐，或有多余的文件',
    file_changed: '文件与 SHA256SUMS 所列的指纹不同',
    too_large: '内容过长',
    malformed: '内容不是规定的写法',
    definition: '方案或问卷无效',
    hash: '指纹不符：不是开始前公布的那一份',
    does_not_fit: '与其他文件不一致',
    checkpoint_malformed: '检查点无法读取',
    checkpoint_missing: '没有检查点',
    checkpoint_origin: '检查点属于另一个日志',
    checkpoint_order: '检查点次序不对，或同一长度出现两次',
    checkpoint_signature: '检查点的签名不成立',
    manifest_leaf: '日志的第一行不是开始清单',
    leaf_malformed: '日志中有不应出现的一行',
    tag_repeated: '同一标签出现两次',
    root: '重算的树根与签名的检查点不同：日志被改动，或有人看到过另一个版本',
    log_size: '日志的行数与检查点不同',
    tallies_leaf: '评价日志的末行不是这份汇总的指纹',
    ticket_malformed: '凭证无法读取',
    ticket_label: '凭证属于另一项测评或另一个票箱',
    ticket_order: '凭证重复，或次序不对',
    ticket_signature: '凭证的签名不成立',
    ticket_not_logged: '凭证不在参与日志中',
    tag_without_ticket: '日志中的标签没有对应的凭证',
    count: '人数对不上',
    figure: '公布的数据与重新算出的不同',
    below_minimum: '公布了人数不足的数据',
    suppression: '由公布的数据可以推出少数人的回答',
    contradiction: '公布的汇总不可能成立：与其他公布的数据、量表或方案相矛盾',
    unfounded: '不公布得分的理由不成立',
    slip_malformed: '单张评价无法读取',
    slip_leaf: '单张评价与日志中的不同',
    cells: '汇总单元与单张评价不符',
    tally: '公布的汇总、权数或隔离说明与单张评价不符',
  },
  problem: '{file}{entry}：{problem}',
  found: '文件中：{found}',
  expected: '应为：{expected}',
  good: '核验通过：{jid} {cycle} 公布的结果与公布的依据一致',
  goodAudit: '核验通过（含审计文件）：{jid} {cycle} 的结果由单张评价重新算出',
  corrects: '这是第 {version} 版，更正文件指纹为 {hash} 的一版：{reason}',
  hash: '这批文件的指纹（SHA256SUMS 的 SHA-256），请与公布的核对：',
  mismatch: '核验不通过',
  unreadable: '无法读取 {file}：{reason}',
  title: '核验公布的结果',
  intro:
    '选择下载的文件夹，或填写公布文件的地址。本页在您的设备上重新核对签名和日志、重新计算每一个数，不向任何人发送内容。',
  offline: '本页是一个文件，可以保存后离线使用，也可以放在别的网站上。核验其他网站的文件，请用保存的文件。',
  chooseFolder: '文件夹',
  address: '公布文件的地址',
  check: '开始核验',
  reading: '正在读取 {file}',
  working: '正在核验……',
  failed: '浏览器无法完成核验：{reason}',
  silent: '对方服务器已 {seconds} 秒没有发来数据。可以稍后再试，或下载文件夹后核验。',
  tooMuch: '对方服务器发来的数据超过 {bytes} 字节，已停止接收。',
  otherSite: '网站上的本页只能读取本网站的文件。要核验其他网站的文件，请把本页保存到设备上，打开保存的文件再核验。',
  notReached: '无法连接这个地址，或对方网站不允许网页读取。可以下载文件夹后核验。',
  needsScript: '本页的核验需要启用脚本。也可以在电脑上用命令行核验。',
  limits:
    '核验能证明：公布的数由公布的汇总得出，日志只增不改，每份答卷都有一张凭证。不能证明：汇总本身没有被改动——这由掌握单张评价的审计方重算，其结果须与评价日志末行的指纹一致。',
}

const english: VerifyMessages = {
  checks: {
    files: '{files} files of {bytes} bytes in all are those of SHA256SUMS',
    definitions:
      'the manifests of {surveys} {surveys:survey|surveys} name this plan and these questionnaires; {organs} agencies',
    checkpoints: '{checkpoints} checkpoints are signed by the log keys of the manifests',
    logs: '{leaves} lines of participation and {slipLeaves} of slips give the root of every checkpoint',
    tickets: '{tickets} tickets are signed, all different and those of the logs, which have {tags} tags',
    counts: 'the counts add up: {spent} tickets spent, {slips} slips',
    audits:
      'participation {audits:audit|audits} of {audits} {audits:survey|surveys} {audits:adds|add} up: of {rolled} entries of the roll {drawn} were drawn, {confirmed} confirmed that they took part, {denied} denied it, {notReached} were not reached, {withoutContact} had no contact',
    figures:
      '{figures} published figures follow from the published sums and reviews, to the last digit, among them {totals} overall {totals:score|scores} with {parts} {parts:part|parts} ({bounded} {bounded:agency|agencies} with withheld question means, checked as far as scores are printed)',
    lineage:
      'the {lines} lines of the lineage of {organs} {organs:agency|agencies} agree with the other files, and lead from their ends to the published totals',
    disclosure:
      '{published} tallies reach every minimum and keep to the scale, the weights and the counts; {withheld} are withheld for reasons that the numbers bear out',
    heads: '{heads} {heads:head|heads} of the audit log signed, each later than the one before',
    slips: '{slips} slips are those of the logs; {cells} weighting cells, weights and sums were made from them again',
  },
  problems: {
    sums_malformed: 'this line of SHA256SUMS cannot be read or stands out of order',
    file_set: 'files are missing, or there are others',
    file_changed: 'the file is not the one of SHA256SUMS',
    too_large: 'it is too long',
    malformed: 'it is not written in the form that is laid down',
    definition: 'the plan or questionnaire is not valid',
    hash: 'the hash differs: it is not the one that was published before the opening',
    does_not_fit: 'it does not agree with the other files',
    checkpoint_malformed: 'the checkpoint cannot be read',
    checkpoint_missing: 'there is no checkpoint',
    checkpoint_origin: 'the checkpoint is that of another log',
    checkpoint_order: 'the checkpoints are out of order, or two have one size',
    checkpoint_signature: 'the signature of the checkpoint is not valid',
    manifest_leaf: 'the log does not begin with the manifest',
    leaf_malformed: 'this line does not belong into the log',
    tag_repeated: 'a tag stands twice',
    root: 'the lines give another root than was signed: the log was changed, or somebody was shown another one',
    log_size: 'the log has another number of lines than its checkpoints say',
    tallies_leaf: 'the log of slips does not end with the hash of these sums',
    ticket_malformed: 'the ticket cannot be read',
    ticket_label: 'the ticket is that of another survey or cell',
    ticket_order: 'a ticket stands twice or out of order',
    ticket_signature: 'the signature of the ticket is not valid',
    ticket_not_logged: 'the ticket is not in the participation log',
    tag_without_ticket: 'a tag of the log has no ticket',
    count: 'the counts do not add up',
    figure: 'the published figure is not the one that follows from the sums',
    below_minimum: 'a figure of too few is published',
    suppression: "what is published would tell a few people's answers",
    contradiction: 'the published sums cannot be true: they contradict other numbers, the scale or the plan',
    unfounded: 'the reason why there is no score does not hold',
    slip_malformed: 'the slip cannot be read',
    slip_leaf: 'the slip is not the one of the log',
    cells: 'the cells are not the sums of the slips',
    tally: 'published sums, weights or quarantines do not follow from the slips',
  },
  problem: '{file}{entry}: {problem}',
  found: 'found: {found}',
  expected: 'expected: {expected}',
  good: 'Good: the published results of {jid} {cycle} follow from what was published with them.',
  goodAudit: 'Good, with the files of an auditor: the results of {jid} {cycle} were made from the slips again.',
  corrects: 'This is version {version}. It corrects the files with the fingerprint {hash}: {reason}',
  hash: 'The fingerprint of these files (SHA-256 of SHA256SUMS), to be compared with the published one:',
  mismatch: 'NOT GOOD',
  unreadable: '{file} cannot be read: {reason}',
  title: 'Check published results',
  intro:
    'Choose the folder that you downloaded, or give the address of the published files. On your own device this page checks signatures and logs and computes every figure again; it sends nothing to anybody.',
  offline:
    'The page is a single file: save it and use it offline, or put it on another site. To check files of another site, use a saved copy.',
  chooseFolder: 'Folder',
  address: 'Address of the published files',
  check: 'Check',
  reading: 'Reading {file}',
  working: 'Checking…',
  failed: 'The browser cannot finish the check: {reason}',
  silent: 'the server has sent nothing for {seconds} seconds. Try again later, or download the folder and choose it.',
  tooMuch: 'the server has sent more than {bytes} bytes, and no more was taken.',
  otherSite:
    'on this site the page may read files of this site only. To check those of another, save this page to your device and open the saved file.',
  notReached:
    'the address cannot be reached, or its site does not let pages read it. You can download the folder and choose it.',
  needsScript: 'Checking on this page needs JavaScript. The same can be done with a command on a computer.',
  limits:
    'What it shows: the figures follow from the published sums, the logs only ever grew, and every response had one ticket. What it cannot show: that the sums are those of the slips. That is counted again by an auditor who has the slips, and the result must have the hash with which the log of slips ends.',
}

/** The words of one language; anything but English is Chinese. */
export const verifyMessages = (locale: Locale): VerifyMessages => (locale === 'en' ? english : chinese)
