import type { Translation } from './fill.ts'

/** Words of the participation audit: its key, its draw and its findings. */
export const auditZh = {
  navAudits: '参与情况抽查',
  auditsTitle: '{cycle}：参与情况抽查',
  auditsIntro: '截止后按公开的种子从参与名册中抽取一部分，由审计方联系，只问“是否参加过”。',
  auditsNone: '这个周期没有群众测评。',
  survey: '测评',
  standing: '进展',
  stands_no_key: '不做抽查',
  stands_before_close: '等待截止',
  stands_to_draw: '等待抽取',
  stands_gone: '名册已销毁',
  stands_drawn: '已抽取，等待结果',
  stands_found: '已登记结果',

  auditTitle: '参与情况抽查：{survey}',
  auditIntro:
    '抽查用来发现名册中有没有虚构的人。审计方只问“是否参加过”，不问怎么评；名册里也没有答案。如果每 100 条中有 1 条是虚构的，问到 300 人，至少发现 1 条的把握是 95.1%。',
  backToSurvey: '返回测评',
  auditNoKey: '这项测评没有审计方的公钥，没有保存联系方式，不做抽查。公示页会照此说明。',
  auditBeforeClose: '测评截止以后才能抽取。请在截止以后再公布种子。',
  auditGone: '名册和联系方式已经销毁，不能再抽取。',
  contactKeyPrint: '审计方公钥的指纹',

  drawHeading: '抽取',
  drawText:
    '请填写截止以后公开宣布的种子：任何人事先都不知道、事后都能查到的一段文字，例如公告中指定日期的体彩开奖号码。只能抽取一次，不能更改。',
  seed: '公开的种子',
  seedHint: '{shortest} 到 {longest} 个字，一行，不含竖线。照公告原样填写。',
  size: '抽取条数',
  sizeHint: '1 到 {largest}，一般为 {usual}。名册不足时全部抽取。',
  draw: '抽取',
  drawnHeading: '抽取结果',
  drawnAt: '抽取时间',
  rolled: '名册条数',
  drawn: '抽取',
  ofWanted: '{drawn}（计划 {size}）',
  withoutContact: '其中没有联系方式',
  rule: '抽取办法：对名册的每一条计算 SHA-256（gp1|audit|{survey}|种子|该条编码），取最小的若干条。任何持有名册的人都能重新抽取。',

  sampleHeading: '样本',
  sampleText:
    '下载的文件中有抽到的编码和加密的联系方式。在不联网的电脑上用审计方的密钥解开：npm run gongping -- audit open --key 密钥文件 样本文件。用完请销毁。下载会记入审计。',
  download: '下载样本（JSON）',
  sampleGone: '名册和联系方式已经销毁，样本不能再下载。',

  findingsHeading: '抽查结果',
  findingsText:
    '四个数之和应等于抽取条数 {drawn}，其中没有联系方式的 {withoutContact} 条已经计入。解不开的联系方式计入“没有联系到”。公示以前可以更改，每次更改都记入审计。',
  confirmed: '确认参加过',
  denied: '表示没有参加',
  notReached: '没有联系到',
  countHint: '人数，没有填 0',
  record: '登记结果',
  recordAgain: '更改结果',
  findingsNone: '审计方还没有登记结果。',
  findingsAt: '登记时间',
  findingsFixed: '结果已经公示，不能再更改。',
  findingsLate: '公示以前没有登记结果，现在不能再登记。',
  certainty: '问到 {reached} 人。如果每 100 条中有 1 条是虚构的，至少发现 1 条的把握是 {percent}%。',

  done_drawn: '已抽取。审计方现在可以下载样本。',
  done_found: '结果已登记。',
  problemSeed: '种子：{shortest} 到 {longest} 个字，一行，不含竖线和看不见的字符',
  problemSize: '抽取条数：1 到 {largest} 的整数',
  problemEmpty: '名册是空的，没有可以抽取的。',
  problemCount: '{what}：请填 0 或正整数',
  problemSum: '合计不对：{confirmed} + {denied} + {notReached} + 没有联系方式 {withoutContact} = {sum}，应为 {drawn}',
  problemChanged: '情况已有变化，没有保存。页面显示的是现在的情况。',

  // the auditor's key, on the page of the box key
  contactKeyHeading: '审计方的公钥（参与情况抽查）',
  contactKeyText:
    '审计方在自己的电脑上运行 npm run gongping -- audit key {survey} --out 密钥文件，把显示的公钥交给承办单位。参加者的手机号用它加密后另存，只有审计方能解开。没有公钥就不保存联系方式，不做抽查，各页会照此说明。',
  contactKeyNone: '没有审计方的公钥：不保存联系方式，不做抽查。',
  contactKeySet: '已有审计方的公钥，指纹：',
  contactKeyFixed: '测评不在筹备中，公钥不能再更改。',
  contactKeyField: '公钥',
  contactKeyHint: '87 个字符。留空并保存，就是不做抽查。',
  contactKeySave: '保存公钥',
  problemContactKey: '公钥：这不是曲线 P-256 上的一个点。请与审计方核对，从头到尾完整粘贴',
}

export type AuditMessages = Translation<typeof auditZh>
