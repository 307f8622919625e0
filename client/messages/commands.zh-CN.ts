/** The commands of `npm run gongping`, one by one. Placeholders: {options} {count} {place} and as named in a text. */
export const commandsZh = {
  usage: '用法：npm run gongping -- 命令 [选项]',
  usageEnd: `“命令 --help”显示该命令的用法；--lang zh|en 选择语言，默认按环境变量 LANG；--json 输出 JSON；--dry-run 只检查，不写入。
返回值：0 完成；1 被拒绝或不相符；2 用法不对，或无法进行。`,
  missing: '缺少 {options}。',
  wordCount: '选项之外应有 {count} 项。',
  unknownOption: '没有选项 {option}。',
  optionValue: '选项 {option} 缺少值，或者不带值。',
  unknownCommand: '没有命令“{name}”。',

  line_init: '新安装：建立地区和最初两个账号',
  line_serve: '启动服务，与 npm start 相同',
  line_migrate: '把数据库升级到本程序的结构',
  line_seed: '建立演示数据',
  line_doctor: '检查一个安装：设置、密钥、数据库、日志、公示文件',
  line_user_add: '邀请工作人员',
  line_place_create: '建立地区和它的第一名管理员',
  line_questionnaire: '检查、导入或导出问卷文件',
  line_cycle_create: '新建周期',
  line_organs_import: '导入周期的被评单位',
  line_roster_import: '导入测评的名册',
  line_services_import: '导入办件清单，邀请办事人评价',
  line_import_12345: '登记 12345 热线回访的结果',
  line_import_haochaping: '登记好差评的结果',
  line_survey_request_open: '申请开启测评，由另一位管理员批准',
  line_survey_request_close: '申请提前关闭测评，由另一位管理员批准',
  line_invite_print: '把还没有发出的测评码写成信函文件，只写一次',
  line_qr: '生成测评或渠道的二维码',
  line_results_compute: '计算并显示周期的结果',
  line_publication_build: '生成公示文件并申请公布，由另一位管理员批准',
  line_publication_verify: '核验公示文件',
  line_export: '由公示文件导出数据表',
  line_audit_verify: '核对审计链和签名的链头',
  line_audit: '参与情况抽查：生成密钥，解开样本',
  line_log: '监督公开日志',
  line_backup: '备份数据库，先逐张复核',
  line_restore: '检查备份并放回',
  line_retire: '结果公布 30 日后销毁一个测评的名册和密钥；服务会自己做',

  help_init: `用法：npm run gongping -- init --place 代码 --name-zh 名称 --name-en 英文名 --admin 邮箱 --office 邮箱 [--json]

在空的数据库里建立一个地区、平台管理员和第一位绩效办管理员，并显示两个一次性链接，三日内各自打开设置密码。链接只显示这一次。
服务须先停止。已有地区的数据库不作改动。`,
  help_serve: `用法：npm run gongping -- serve

按环境变量里的设置启动服务，与 npm start 相同；Ctrl+C 停止。`,
  help_migrate: `用法：npm run gongping -- migrate [--dry-run] [--json]

把数据库升级到本程序的结构，全部完成或完全不变。启动服务时也会自动进行。服务须先停止；--dry-run 只说还差几步。先做备份。`,
  help_seed: `用法：npm run gongping -- seed --demo

在空的数据库里建立演示数据（虚构的江州省）。环境变量 SEED_SCALE=0.05 只建立二十分之一。`,
  help_user_add: `用法：npm run gongping -- user add 邮箱 --place 地区 --role 角色 --name 姓名 --as 邮箱 [--organ 代码] [--reason 理由] [--json]

以 --as 的绩效办管理员名义邀请一人，显示三日内有效的一次性链接。角色：office_admin、analyst、reviewer、organ_officer、
interviewer、auditor；reviewer 和 organ_officer 须有 --organ。office_admin 和 auditor 须有 --reason，并由另一位管理员批准。
服务须先停止。`,
  help_place_create: `用法：npm run gongping -- place create 代码 --level province|city|county --name-zh 名称 --name-en 名称 --office 邮箱 --as 邮箱
      [--above 上级地区代码] [--json]

以 --as 的平台管理员名义建立地区，并显示其第一名绩效办管理员的一次性链接，三日内有效。服务须先停止。`,
  help_cycle_create: `用法：npm run gongping -- cycle create 地区/周期 --opens 时间 --closes 时间 --results 日期 --phone 电话 --as 邮箱
      [--from 周期] [--title-zh 标题] [--title-en 标题] [--dry-run] [--json]

时间形如 2026-03-10T09:00（北京时间），日期形如 2026-04-20。--from 沿用另一周期的单位、方案和问卷，否则用 2013 年省级方案。
服务须先停止；--dry-run 时不必。`,
  help_organs_import: `用法：npm run gongping -- organs import 文件 --cycle 地区/周期 --as 邮箱 [--dry-run] [--json]

文件是 CSV 或 XLSX，与页面“单位与名册”相同；全部导入或完全不变，错误逐行列出。--dry-run 只显示新增、改动和移出。
服务须先停止；--dry-run 时不必。`,
  help_roster_import: `用法：npm run gongping -- roster import 文件 --survey 地区/测评 --as 邮箱 [--dry-run] [--json]

导入领导名册或服务名册，列与“邀请”页面相同：CSV 最多 200000 行，XLSX 最多 20000 行。整份导入，有一处不对就整份不导入。
--dry-run 只检查。服务须先停止；--dry-run 时不必。`,
  help_services_import: `用法：npm run gongping -- services import 文件 --survey 地区/测评 --as 邮箱 [--dry-run] [--json]

把办件清单导入服务对象测评，与 roster import 相同：每行一次服务，写明单位、日期和办事人的手机或邮箱。整份导入，有一处不对就整份
不导入。须先停下服务器，--dry-run 除外；服务器运行时，其他系统用 /docs/api 里的接口报送。`,
  help_import_12345: `用法：npm run gongping -- import 12345 文件 --cycle 地区/周期 --title 名称 --mode 方式 --population 对象
  --from 日期 --to 日期 --as 邮箱 [--scale 满意=100,不满意=0] [--same-population] [--same-mode] [--dry-run] [--json]

把 12345 热线回访的结果登记为已有结果：编号、单位、日期、评价四栏，CSV 或 XLSX，最多 50,000 行。全部登记，有一处错误就都不
登记；已登记过的编号不会重复。--dry-run 只检查。除 --dry-run 外需先停止服务器。`,
  help_import_haochaping: `用法：npm run gongping -- import haochaping 文件 --cycle 地区/周期 --title 名称 --mode 方式
  --population 对象 --from 日期 --to 日期 --as 邮箱 [--scale 满意=100,不满意=0] [--same-population] [--same-mode]
  [--dry-run] [--json]

把好差评的结果登记为已有结果，规则同 import 12345。方案写明时，编号相同的服务不再发邀请。`,
  help_survey_request_open: `用法：npm run gongping -- survey request-open 地区/测评 --as 邮箱 [--json]

检查测评是否齐备，锁定方案，生成清单，并申请开启。另一位绩效办管理员在“待批准”页面批准。服务须先停止。`,
  help_survey_request_close: `用法：npm run gongping -- survey request-close 地区/测评 --reason 理由 --as 邮箱 [--json]

申请在原定时间之前关闭。另一位绩效办管理员在“待批准”页面批准。服务须先停止。`,
  help_invite_print: `用法：npm run gongping -- invite print 地区/测评 --out 文件.csv --as 邮箱 [--dry-run] [--json]

把还没有发出的测评码和链接写成 CSV，供印刷信函；写出的码记为已发出，不再显示。丢失的文件无法重写。--dry-run 只说有多少。
服务须先停止；--dry-run 时不必。`,
  help_qr: `用法：npm run gongping -- qr 地区/测评 [--channel 代码] [--out 文件.svg]

生成 SVG 二维码：测评的入口，或一个渠道的地址。没有 --out 时写到标准输出。`,
  help_results_compute: `用法：npm run gongping -- results compute 地区/周期 --as 邮箱 [--check] [--json]

显示各单位的得分、区间和份数，与页面“结果”相同：未关闭的测评按批次，样本不足的不显示。--check 改为由现存的事实重新计算锁定的综合汇总，
逐字节比较，不同时说明第一处并以 1 结束。--as 的人须有查看结果的权限。不写入任何内容。`,
  help_publication_build: `用法：npm run gongping -- publication build 地区/周期 --as 邮箱 [--json]

生成公示文件，自行核验，并申请公布。另一位绩效办管理员在“待批准”页面批准后公布。服务须先停止。`,
  help_publication_verify: `用法：npm run gongping -- publication verify 目录或网址 [--json] [--max-gb 数]

只由文件核验公示结果，不用数据库和密钥；与 npm run verify 相同。--max-gb 限制从网址取多少（10⁹ 字节）。`,
  help_audit_verify: `用法：npm run gongping -- audit verify [--json]

逐条重算审计链，并与签名的链头比较。可以在服务运行时进行，不写入任何内容。`,

  unknown_place: '没有地区 {place}。',
  not_permitted: '{email} 在 {place} 没有这项权限，或没有这个账号。',
  noCycle: '没有周期 {name}，或它还没有方案。',
  noSurvey: '没有测评 {name}。',
  badName: '“{name}”应写成 地区/名称。',
  noRole: '没有角色“{role}”。可用：{roles}。',

  initDone: '地区 {place} 已建立。请把链接分别交给两人，三日内有效，只显示这一次：',
  initLink: '{role} {email}：{link}',
  notEmpty: '数据库里已有地区，没有改动。',
  notPlatform: '{email} 不是平台管理员，没有改动。',
  placeCreated: '已建立 {place}，{email} 是第一名管理员。一次性链接，三日内有效，只显示这一次：\n{link}',
  migrated: '数据库已升级 {n} 步。',
  wouldMigrate: '数据库还差 {n} 步升级，没有改动。',
  seedNeedsDemo: '只能建立演示数据：请写 seed --demo。',

  userLinked: '{email} 的账号已建立。一次性链接，三日内有效，只显示这一次：\n{link}',
  userProposed: '已提出。另一位绩效办管理员批准后，在该人的页面生成链接。',

  cycleBegun: '周期 {name} 已建立。',
  cycleFits: '可以建立周期 {name}，没有写入。',
  organsSaved: '{name}：新增 {added}，改动 {changed}，移出 {removed}，已导入。',
  organsFit: '{name}：新增 {added}，改动 {changed}，移出 {removed}，没有写入。',

  requestedOpen: '已申请开启 {name}，等待另一位管理员批准。',
  requestedClose: '已申请关闭 {name}，等待另一位管理员批准。',
  requestedPublication: '公示文件已生成并核验，已申请公布 {name}，等待另一位管理员批准。',
  lacks: '{name} 还不能开启：',

  codesWritten: '{n} 个测评码已写入 {file}。请妥善保管，印刷后销毁。',
  codesWaiting: '{n} 个测评码还没有发出，没有写入。',
  noCodes: '{name} 没有等待发出的测评码。',

  rows_checking: '已检查的行',
  rows_writing: '已写入的行',
  noServices: '{name} 不是服务对象的测评。',

  noChannel: '{name} 没有渠道 {channel}。',
  written: '已写入 {file}。',

  resultsHead: '{name}，方案 {hash}',
  sumNone: '{name} 还没有锁定综合汇总。',
  sumSame: '{name} 第 {version} 版综合汇总由现存的事实重新算出，逐字节一致：{hash}',
  sumDiffers:
    '{name} 由现存的事实重新算出的与锁定的第 {version} 版不同。第一处在 {path}：现在是“{found}”，锁定的是“{expected}”。',
  resultsLine: '{organ}  满意度 {satisfaction}  总分 {overall} {grade}  份数 {n}',
  resultsInterval: '{score}（{low}–{high}）',

  auditGood: '审计链完整：{n} 条，链头 {hash}，与 {heads} 个签名的链头相符。',
  auditBroken: '审计链从第 {n} 条起不一致。',
  auditOtherHead: '审计链与第 {n} 条处签名的链头不符。',
}
