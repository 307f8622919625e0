import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Config } from '../config.ts'
import { demoAccounts } from '../office/demo-accounts.ts'
import { outboxName, outboxOf } from './platform.ts'

/** What the seeding has left for the start message: paths of the open cycle and of the published one. */
interface DemoAddresses {
  leader: string
  recipient: string
  public: string
  channel: string
  open: string
  dashboard: string
  openDashboard: string
  results: string
}

/** What a person needs after the start: where everything is, and how to sign in. */
export async function announce(config: Config, setupToken: string | null): Promise<string> {
  const at = (path: string) => `${config.origins[0]}${path}`
  const lines = ['', `公评 Gongping  ${at('/')}`, '']
  if (setupToken !== null) {
    lines.push(
      '  Empty installation. First administrators:',
      `    ${at('/setup')}`,
      `    set-up code  ${setupToken}`,
      '',
    )
    return lines.join('\n')
  }
  const demo = config.demo ? await readDemo(config) : null
  if (!demo) return lines.join('\n')
  const [office, , analyst] = demoAccounts
  const outbox = config.smsGatewayUrl === '' ? outboxOf(config) : null
  lines.push(
    '  Answer as 参加测评',
    `    leader 领导             ${at(demo.leader)}`,
    `    recipient 服务对象      ${at(demo.recipient)}`,
    `    citizen 群众            ${at(demo.public)}`,
    `      by its QR code        ${at(demo.channel)}`,
    `      any 11-digit mobile number, for example 138 0013 8000; the code arrives`,
    `      ${outbox === null ? 'by the SMS gateway' : `in ${resolve(outbox, outboxName)}`}`,
    `    open channel 开放渠道   ${at(demo.open)}`,
    '  Results 结果',
    `    published 已公布        ${at(demo.results)}`,
    '  Office 绩效办',
    `    sign in                 ${at('/office/sign-in')}`,
    `      ${office.email}  ${office.password}   (analyst: ${analyst.email}  ${analyst.password})`,
    `    dashboard, finished     ${at(demo.dashboard)}`,
    `    dashboard, running      ${at(demo.openDashboard)}`,
    '',
    '  All organs, people and scores are invented. 单位、人员和结果均为虚构。',
    '',
    '',
  )
  return lines.join('\n')
}

async function readDemo(config: Config): Promise<DemoAddresses | null> {
  try {
    return JSON.parse(await readFile(join(config.dataFolder, 'demo.json'), 'utf8')) as DemoAddresses
  } catch {
    return null
  }
}
