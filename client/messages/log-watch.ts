import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'

/** What the monitor of public logs says on a terminal. */
const chinese = {
  first: '{url}：首次查看，{size} 条，公钥 {key}。请与公开印发的清单指纹核对：{fingerprint}',
  firstWithout: '{url}：首次查看，{size} 条，公钥 {key}。',
  same: '{url}：没有变化，{size} 条。',
  grown: '{url}：{size} 条，新增 {more} 条，原有各条未变。',
  unreachable: '{url}：现在查不到（{why}），{seconds} 秒后再查。',
  unreachableOnce: '{url}：现在查不到（{why}），这次没有核对。',
  unsigned: '{url}：检查点不是由这份日志的密钥签名的，不可信。',
  otherOrigin: '{url}：检查点属于另一份日志：{origin}。',
  otherManifest: '{url}：日志的首条不是这次测评公开的清单，不可信。',
  truncated: '{url}：日志变短了：原有 {before} 条，现在只有 {size} 条。',
  forked: '{url}：日志被改写了：现在的 {size} 条不是从原有的 {before} 条接着写的。',
  unproven: '{url}：日志拿不出证明，说明现在的 {size} 条是从原有的 {before} 条接着写的。',
  keep: '请保留 {file}：里面记着原来的检查点。',
  otherKey: '{url}：--key 与 {file} 里记着的公钥不同。',
  badState: '{file} 读不出来，或不是本程序写的，无法使用。',
  badUrl: '{url} 不是日志的网址。应形如 https://…/s/jiangzhou/public-2026/log/participation 或 https://…/log/audit',
  usage: `用法：npm run gongping -- log watch 网址… [选项]

独立监督公开日志：只增不减、不改写、签名正确。首次查看时记下公钥，以后每次与上次比较。

  --once           只看一次
  --every 秒数     每隔多久看一次，默认 3600
  --state 文件     记在哪里，默认 ./gongping-log-watch.json
  --key 公钥       用这把公钥（base64url），不取网站给的
  --lang zh|en     语言，默认按环境变量 LANG

返回值：0 正常；1 日志被改写、截短或签名不对；2 用法不对，或 --once 时查不到。`,
}

const english: Translation<typeof chinese> = {
  first:
    '{url}: first look, {size} entries, key {key}. Compare with the printed fingerprint of the manifest: {fingerprint}',
  firstWithout: '{url}: first look, {size} entries, key {key}.',
  same: '{url}: unchanged, {size} entries.',
  grown: '{url}: {size} entries, {more} new, the earlier ones unchanged.',
  unreachable: '{url}: cannot be read now ({why}); trying again in {seconds} s.',
  unreachableOnce: '{url}: cannot be read now ({why}); nothing was checked.',
  unsigned: '{url}: the checkpoint is not signed by the key of this log. Do not trust it.',
  otherOrigin: '{url}: the checkpoint belongs to another log: {origin}.',
  otherManifest: '{url}: the log does not begin with the manifest that the survey shows. Do not trust it.',
  truncated: '{url}: the log has become shorter: it had {before} entries, now it has {size}.',
  forked: '{url}: the log was rewritten: its {size} entries do not continue the {before} that it had.',
  unproven: '{url}: the log gives no proof that its {size} entries continue the {before} that it had.',
  keep: 'Keep {file}: the earlier checkpoint is in it.',
  otherKey: '{url}: --key is not the key that {file} remembers.',
  badState: '{file} cannot be read, or was not written by this program, and cannot be used.',
  badUrl:
    '{url} is not the address of a log, such as https://…/s/jiangzhou/public-2026/log/participation or https://…/log/audit',
  usage: `Usage: npm run gongping -- log watch URL… [options]

Watches public logs independently: that they only grow, are never rewritten and are signed. The key is remembered at the
first look; every later one is compared with the one before.

  --once           look once
  --every SECONDS  how often to look, default 3600
  --state FILE     where to remember, default ./gongping-log-watch.json
  --key KEY        this public key (base64url), not the one that the site gives
  --lang zh|en     language, by default that of LANG

Ends with 0 when all is well; 1 when a log was rewritten, cut short or is not signed as it should be; 2 when it is used
wrongly, or could not look with --once.`,
}

export const logWatchMessages = (locale: Locale): Translation<typeof chinese> => (locale === 'en' ? english : chinese)
