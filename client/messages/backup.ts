import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'

/** What the commands that copy a database and put it back say on a terminal. */
const chinese = {
  backupUsage: `用法：npm run gongping -- backup 文件夹 [选项]

在服务运行时也可以备份。先逐张复核答卷、逐份核对日志，全部相符才写入文件夹；其中不含任何密钥。

  --recipient age1…   为这个收件人加密（age 格式），可写多次；不写则不加密
  --keep-days 天数    删除超过这么多天的旧备份，以及所含密封答卷已截止满 7 日的；最新一份总会保留
  --json              以 JSON 输出
  --lang zh|en        语言，默认按环境变量 LANG

返回值：0 完成；1 数据库不自洽，或公示文件、佐证文件缺失；2 用法不对，或无法进行。`,
  restoreUsage: `用法：npm run gongping -- restore 备份.json [选项]

检查签名、文件、每张答卷和每份日志，全部相符才放回 DATA_DIR；那里不能已有数据库，服务要停着。

  --identity 文件     加密备份的私钥（age-keygen 生成的文件）
  --dry-run           只检查，什么也不放回；服务可以照常运行
  --json              以 JSON 输出
  --lang zh|en        语言，默认按环境变量 LANG

返回值：0 完成；1 备份不可信或不能放回；2 用法不对，或无法进行。`,
  notAFile: '数据库在服务器 {host} 上：请用它自己的办法备份（见 docs/operate.md 第 9 节）。',
  noDatabase: '没有数据库文件 {path}。',
  noKeys: 'GONGPING_KEYS：{folder} 里没有密钥。备份由安装的密钥签名，请先把密钥文件夹放好。',
  badRecipient: '{recipient} 不是 age 的收件人（应以 age1 开头）。',
  counting: '测评和日志已复核',
  made: '已备份：{list}，{surveys} 个测评，{responses} 份答卷，{logs} 份日志，{megabytes} MB{encrypted}。',
  encrypted: '，已加密',
  unencrypted: '没有加密：其中有名册和意见，请加密后再移走（--recipient）。',
  dropped: '已删除旧备份 {name}。',
  lostFiles: '公示文件或佐证文件缺失或被改动，没有备份：{name}',
  damaged_file: '数据库文件已损坏，没有备份也没有放回：',
  sums: '{name}：合计与逐张答卷不符（npm run recount 会指出第一处）',
  log: '{name}：日志不是从已签名的检查点接着写的',
  faults: '数据库不自洽：',
  no_list: '{list} 不是备份的清单（应为 gongping-….json），或无法读取。',
  not_signed: '{list} 不是由这个安装的密钥签名的，或已被改动。请换一份备份，或放好原来的密钥文件夹。',
  no_file: '清单旁边没有文件 {file}。',
  other_file: '{file} 与清单不符：已被改动或没有传完。',
  no_identity: '备份是加密的：请用 --identity 给出私钥文件（其中有一行 AGE-SECRET-KEY-…）。',
  not_opened: '打不开：私钥不是这份备份收件人的，或文件已损坏。',
  newer: '这个程序用不了这份备份：{why}',
  other_contents: '逐张复核的结果与清单不符，没有放回。',
  lost: '备份里的公示文件或佐证文件缺失或被改动：{names}',
  inPlace: '{path} 已经存在。请先停止服务，把它和旁边的 -wal、-shm 移走，再恢复。',
  restored: '已恢复到 {path}：{surveys} 个测评，{responses} 份答卷，{logs} 份日志，截至 {time}。可以启动服务了。',
  checked: '备份完好，可以恢复：{surveys} 个测评，{responses} 份答卷，{logs} 份日志，截至 {time}。',
  ahead:
    '注意：日志 {log} 在备份之后已公布到 {size} 条，备份里只有 {restored} 条。这段时间的答卷需要重新提交；请保留 checkpoints 文件夹，并公开说明。',
}

const english: Translation<typeof chinese> = {
  backupUsage: `Usage: npm run gongping -- backup FOLDER [options]

May run beside the server. Every slip is counted and every log read first, and the folder gets the backup only when all
agrees. It never holds a key.

  --recipient age1…   encrypt for this recipient (format of age); may be given again; without it nothing is encrypted
  --keep-days DAYS    delete backups older than this, and those whose sealed envelopes have been closed for 7 days; the
                      newest always stays
  --json              print JSON
  --lang zh|en        language, by LANG unless given

Ends with 0 when done, 1 when the database does not agree with itself or published files or evidence are missing, 2 for a wrong
usage or when it could not be tried.`,
  restoreUsage: `Usage: npm run gongping -- restore BACKUP.json [options]

Checks the signature, the file, every slip and every log, and puts the database into DATA_DIR only when all agrees; there
must be none, and no server running.

  --identity FILE     the key of an encrypted backup (a file of age-keygen)
  --dry-run           only check; a server may run
  --json              print JSON
  --lang zh|en        language, by LANG unless given

Ends with 0 when done, 1 when the backup cannot be trusted or put back, 2 for a wrong usage or when it could not be tried.`,
  notAFile: 'The database is on the server {host}: copy it by its own means (docs/operate.md, section 9).',
  noDatabase: 'There is no database file {path}.',
  noKeys:
    'GONGPING_KEYS: there are no keys in {folder}. Backups are signed by the keys of the installation: put the key folder in place first.',
  badRecipient: '{recipient} is no recipient of age (one begins with age1).',
  counting: 'surveys and logs counted again',
  made: 'Backed up: {list}, {surveys} {surveys:survey|surveys}, {responses} {responses:response|responses}, {logs} {logs:log|logs}, {megabytes} MB{encrypted}.',
  encrypted: ', encrypted',
  unencrypted:
    'It is not encrypted, and holds rolls and comments: encrypt it before it leaves this machine (--recipient).',
  dropped: 'Deleted the old backup {name}.',
  lostFiles: 'Published files or evidence are missing or changed and were not backed up: {name}',
  damaged_file: 'The database file is damaged; nothing was written:',
  sums: '{name}: the sums do not agree with the slips (npm run recount names the first place)',
  log: '{name}: the log does not continue its signed checkpoints',
  faults: 'The database does not agree with itself:',
  no_list: '{list} is not the list of a backup (gongping-….json), or cannot be read.',
  not_signed:
    '{list} is not signed by the keys of this installation, or was changed. Take another backup, or put the right key folder in place.',
  no_file: 'There is no file {file} beside the list.',
  other_file: '{file} is not the file of the list: it was changed, or did not arrive whole.',
  no_identity: 'The backup is encrypted: give the key file with --identity (it has a line AGE-SECRET-KEY-…).',
  not_opened: 'It does not open: the key is not that of the recipient, or the file is damaged.',
  newer: 'This program cannot use this backup: {why}',
  other_contents: 'What was counted in it is not what the list says; nothing was put back.',
  lost: 'Published files or evidence of the backup are missing or changed: {names}',
  inPlace: '{path} is there already. Stop the server, move it and its -wal and -shm away, and try again.',
  restored:
    'Restored to {path}: {surveys} {surveys:survey|surveys}, {responses} {responses:response|responses}, {logs} {logs:log|logs}, as of {time}. The server may be started.',
  checked:
    'The backup is sound and can be restored: {surveys} {surveys:survey|surveys}, {responses} {responses:response|responses}, {logs} {logs:log|logs}, as of {time}.',
  ahead:
    'Note: {size} entries of the log {log} were published after this backup, which has {restored}. Answers given in between have to be sent again; keep the folder of checkpoints, and say so in public.',
}

/** The words of one language; anything but English is Chinese. */
export const backupMessages = (locale: Locale) => (locale === 'en' ? english : chinese)
