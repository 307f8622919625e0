import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'

/** What the command that looks over an installation says on a terminal. */
const chinese = {
  usage: `用法：npm run gongping -- doctor [选项]

检查设置、文件夹、密钥、数据库、日志、公示文件和佐证文件，什么也不改；服务运行时也可以查。

  --backups 文件夹    同时看最近一次备份是否在一天之内
  --json              以 JSON 输出
  --lang zh|en        语言，默认按环境变量 LANG

返回值：0 都正常，或只有提醒；1 有问题；2 用法不对。`,
  checks: {
    settings: '设置',
    address: '网址',
    keyFolder: '密钥文件夹',
    dataFolder: '数据文件夹',
    disk: '磁盘',
    database: '数据库文件',
    schema: '数据库版本',
    keys: '密钥',
    clock: '时钟',
    administrators: '管理员',
    messages: '短信',
    contents: '答卷与日志',
    checkpoints: '已公布的检查点',
    publications: '公示文件',
    evidence: '佐证文件',
    backups: '备份',
  },
  good: '正常',
  plainHttp: '{origin} 不是 https：验证码和答卷会明文传输。请配置证书（docs/operate.md 第 5 节）。',
  openToOthers: '{path} 的权限是 {mode}，别的用户也能读。请执行 chmod {wanted} {path}。',
  littleRoom: '只剩 {free} MB，备份需要再放下一份数据库（{needed} MB）。',
  noDatabase: '没有 {path}：还没有启动过，或 DATA_DIR 不对。',
  damaged: '{path} 已损坏：{line}。请停止服务，用备份恢复（npm run gongping -- restore）。',
  unreadable: '{why}',
  willMigrate: '下次启动会升级数据库（{n} 步）。请先备份。',
  clockBehind: '本机时间 {now} 早于审计记录里最近的一条（{last}）。请对时。',
  fewAdministrators: '{jid} 只有 {n} 名管理员，开启测评至少需要两名。',
  noGateway: '{survey} 要发短信验证码，但没有设置 SMS_GATEWAY_URL。',
  sums: '{name} 的合计与逐张答卷不符。请执行 npm run recount。',
  log: '{name} 的日志不是从已签名的检查点接着写的。',
  ahead: '{log} 已公布到 {size} 条，数据库里只有 {restored} 条：放回的是旧数据？',
  lostPublication: '{name} 缺失或被改动。请从备份放回。',
  lostEvidence: '佐证文件 {name} 缺失。请从备份放回（npm run gongping -- restore）。',
  noBackup: '{folder} 里没有备份。',
  oldBackup: '{folder} 里最近一次备份是 {time}，已超过一天。',
  counted: '{surveys} 个测评，{responses} 份答卷，{logs} 份日志，全部相符',
  sum: '{wrong} 项有问题，{warnings} 项提醒，{good} 项正常',
}

const english: Translation<typeof chinese> = {
  usage: `Usage: npm run gongping -- doctor [options]

Looks at settings, folders, keys, the database, its logs, the published files and the evidence, and changes nothing; a
server may run.

  --backups FOLDER    also, whether the newest backup is of the last day
  --json              print JSON
  --lang zh|en        language, by LANG unless given

Ends with 0 when all is well or there are only warnings, 1 when something is wrong, 2 for a wrong usage.`,
  checks: {
    settings: 'settings',
    address: 'address',
    keyFolder: 'key folder',
    dataFolder: 'data folder',
    disk: 'disk',
    database: 'database file',
    schema: 'database version',
    keys: 'keys',
    clock: 'clock',
    administrators: 'administrators',
    messages: 'text messages',
    contents: 'answers and logs',
    checkpoints: 'published checkpoints',
    publications: 'published files',
    evidence: 'evidence',
    backups: 'backups',
  },
  good: 'good',
  plainHttp:
    '{origin} is not https: codes and answers travel in plain. Set up a certificate (docs/operate.md, section 5).',
  openToOthers: '{path} has mode {mode}, so other users can read it: chmod {wanted} {path}',
  littleRoom: 'only {free} MB are free, and a backup needs room for another copy of the database ({needed} MB).',
  noDatabase: 'there is no {path}: it was never started, or DATA_DIR is another.',
  damaged: '{path} is damaged: {line}. Stop the server and restore a backup (npm run gongping -- restore).',
  unreadable: '{why}',
  willMigrate: 'the next start brings the database to a new version ({n} {n:step|steps}). Back it up first.',
  clockBehind: 'this machine says {now}, and the latest entry of the audit is of {last}. Set the clock.',
  fewAdministrators: '{jid} has {n} {n:administrator|administrators}; to open a survey it takes two.',
  noGateway: '{survey} sends codes by text message, and SMS_GATEWAY_URL is not set.',
  sums: 'the sums of {name} do not agree with its slips: npm run recount',
  log: 'the log {name} does not continue its signed checkpoints.',
  ahead: '{log} was published up to entry {size}, and the database has {restored}: was an old copy restored?',
  lostPublication: '{name} is missing or changed: put it back from a backup.',
  lostEvidence: 'the evidence {name} is missing: put it back from a backup (npm run gongping -- restore).',
  noBackup: 'there is no backup in {folder}.',
  oldBackup: 'the newest backup in {folder} is of {time}, more than a day ago.',
  counted:
    '{surveys} {surveys:survey|surveys}, {responses} {responses:response|responses} and {logs} {logs:log|logs} agree',
  sum: '{wrong} wrong, {warnings} {warnings:warning|warnings}, {good} good',
}

/** The words of one language; anything but English is Chinese. */
export const doctorMessages = (locale: Locale) => (locale === 'en' ? english : chinese)
