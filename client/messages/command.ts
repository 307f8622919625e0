import type { Locale } from '../../surveys/questionnaire.ts'
import type { Translation } from './fill.ts'

/** What the commands around a survey say on a terminal: the auditor's two, and the end of a survey's roll. */
const chinese = {
  audit: `用法：
  npm run gongping -- audit key 地区/测评 --out 文件
  npm run gongping -- audit open --key 文件 样本.json

都可以在不联网的电脑上运行。--lang zh|en 选择语言。`,
  exportUsage: `用法：npm run gongping -- export 目录或网址 --format csv|xlsx|json|spss|r|parquet --out 新目录 [--lang zh|en]

目录或网址与 verify 命令相同。先核验，不一致的不导出。审计文件在 csv 和 r 格式中另有单张评价和权数。`,
  exported: '已核验，已导出到 {folder}：{slips}。',
  withSlips: '汇总和单张评价',
  withoutSlips: '汇总',
  questionnaireUsage: `用法：
  npm run gongping -- questionnaire lint 文件 [--json]
  npm run gongping -- questionnaire import 文件 --out 新文件.json [--group leaders|recipients|public]
  npm run gongping -- questionnaire export 文件 --out 新文件.xlsx

文件可以是本平台的 JSON、XLSForm 工作簿或 SurveyJS 的 JSON。没有放进来的内容逐行列出。--lang zh|en 选择语言。`,
  noFile: '{file} 无法读取。',
  written: '已写入 {file}。',
  retireUsage: '用法：npm run gongping -- retire 地区/测评 [--lang zh|en]',
  exists: '{file} 已经存在，没有改动。请另选文件名。',
  unwritable: '{file} 无法写入：{why}',
  keyMade:
    '私钥已存入 {file}，请离线保管两份，公布结果 30 日后销毁；丢失后任何人都解不开联系方式。请把下面的公钥交给承办单位，填在 {survey} 的票箱钥匙页上，并核对指纹：{print}',
  noKeyFile: '{file} 不是本程序生成的审计密钥，或无法读取。',
  noSample: '{file} 不是参与情况抽查的样本，或无法读取。',
  otherSurvey: '密钥是 {own} 的，样本是 {survey} 的。',
  wrongKey: '这把密钥解不开这份样本：样本的公钥指纹是 {print}，密钥的是 {own}。',
  sample: '{survey}，种子“{seed}”：名册 {rolled} 条，抽取 {drawn} 条（计划 {m} 条）。只问“是否参加过”。',
  line: '{n}  {contact}',
  none: '{n}  没有联系方式',
  unopened: '{n}  联系方式解不开，计入“没有联系到”',
  total: '{opened} 条可以联系，{none} 条没有联系方式，{unopened} 条解不开。',
  unknownSurvey: '没有测评 {survey}。',
  tooEarly: '{survey} 的结果没有公布，或公布不满 30 日，什么也没有删除。',
  retired: '{survey} 的名册、测评码、联系方式和密钥已经销毁。钥匙的备份请自行销毁；有边缘部署的，重新导出密钥。',
  retiredBefore: '{survey} 的名册、测评码、联系方式和密钥此前已经销毁。',
}

const english: Translation<typeof chinese> = {
  audit: `Usage:
  npm run gongping -- audit key PLACE/SURVEY --out FILE
  npm run gongping -- audit open --key FILE SAMPLE.json

Both run on a computer without a network. --lang zh|en chooses the language.`,
  exportUsage: `Usage: npm run gongping -- export DIR|URL --format csv|xlsx|json|spss|r|parquet --out NEWDIR [--lang zh|en]

DIR|URL as for the command verify. The files are verified first, and what does not agree is not exported. From the files
of an auditor the formats csv and r have single slips and their weights besides.`,
  exported: 'Verified, and exported to {folder}: {slips}.',
  withSlips: 'totals and single slips',
  withoutSlips: 'totals',
  questionnaireUsage: `Usage:
  npm run gongping -- questionnaire lint FILE [--json]
  npm run gongping -- questionnaire import FILE --out NEW.json [--group leaders|recipients|public]
  npm run gongping -- questionnaire export FILE --out NEW.xlsx

FILE is JSON of this platform, an XLSForm workbook or JSON of SurveyJS. What has no place is listed row by row. --lang zh|en
chooses the language.`,
  noFile: '{file} cannot be read.',
  written: '{file} is written.',
  retireUsage: 'Usage: npm run gongping -- retire PLACE/SURVEY [--lang zh|en]',
  exists: '{file} is there already and was left as it is. Choose another name.',
  unwritable: '{file} cannot be written: {why}',
  keyMade:
    'The private key is in {file}: keep two copies offline and destroy them 30 days after the publication; without it nobody can open a contact. Give the office the public key below, for the page of the box key of {survey}, and compare the fingerprint: {print}',
  noKeyFile: '{file} is no key of an auditor that this program has made, or cannot be read.',
  noSample: '{file} is no sample of a participation audit, or cannot be read.',
  otherSurvey: 'This is the key of {own}, and the sample is of {survey}.',
  wrongKey: 'This key does not open this sample: the fingerprint of its public key is {print}, that of the key {own}.',
  sample:
    '{survey}, seed “{seed}”: {rolled} entries of the roll, {drawn} drawn ({m} wanted). Ask only: did you take part?',
  line: '{n}  {contact}',
  none: '{n}  no contact',
  unopened: '{n}  the contact does not open: count it as not reached',
  total: '{opened} can be asked, {none} have no contact, {unopened} do not open.',
  unknownSurvey: 'There is no survey {survey}.',
  tooEarly: 'The results of {survey} were not published, or less than 30 days ago: nothing was deleted.',
  retired:
    'The roll, codes, contacts and key of {survey} are destroyed. Copies of the key are yours to destroy; where there is an edge, export the keys again.',
  retiredBefore: 'The roll, codes, contacts and key of {survey} were destroyed before.',
}

/** The words of one language; anything but English is Chinese. */
export const commandMessages = (locale: Locale) => (locale === 'en' ? english : chinese)
