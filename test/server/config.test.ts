import { describe, expect, test } from 'vitest'
import { type Config, exposesDemo, isLoopback, readConfig } from '../../server/config.ts'

const noFile = (path: string): string => {
  throw new Error(`${path} is not there`)
}

function config(env: Record<string, string>, readFile = noFile): Config {
  const read = readConfig(env, readFile)
  if (!read.ok) throw new Error(read.error)
  return read.value
}

function refusal(env: Record<string, string>, readFile = noFile): string {
  const read = readConfig(env, readFile)
  if (read.ok) throw new Error('the environment was accepted')
  return read.error
}

describe('readConfig', () => {
  test('an empty environment is the demonstration on this machine', () => {
    expect(config({})).toMatchObject({
      port: 8787,
      host: '127.0.0.1',
      origins: ['http://localhost:8787', 'http://127.0.0.1:8787'],
      databaseUrl: 'file:./data/gongping.db',
      dataFolder: './data',
      keyFolder: './keys',
      demo: true,
      maintenanceUntil: null,
      fixtures: false,
      trustedProxies: [],
    })
  })

  test('an empty variable is as good as none', () => {
    expect(config({ PORT: '', DEMO: '', PUBLIC_ORIGIN: '', TRUSTED_PROXIES: '' })).toEqual(config({}))
  })

  test('keys lie beside the data folder and never inside it', () => {
    expect(config({ DATA_DIR: '/var/lib/gongping/data' }).keyFolder).toBe('/var/lib/gongping/keys')
    expect(config({ DATA_DIR: '/var/lib/gongping/data///' }).keyFolder).toBe('/var/lib/gongping/keys')
    expect(config({ DATA_DIR: 'data' }).keyFolder).toBe('keys')
    expect(config({ DATA_DIR: '/data' }).keyFolder).toBe('/keys')
  })

  test('every wrong variable is named in one message with what it needs', () => {
    const wrong = {
      PORT: '70000',
      HOST: '127.0.0.1:8787',
      DEMO: 'yes',
      PUBLIC_ORIGIN: 'https://cp.example.gov.cn/path',
      DATABASE_URL: 'postgres://host/db',
      DATABASE_REPLICA_URL: 'file:replica.db',
      TRUSTED_PROXIES: 'localhost',
      FIXTURES: '2',
      SMS_GATEWAY_URL: 'sms.example.org',
    }
    const message = refusal(wrong)
    for (const name of Object.keys(wrong)) expect(message).toContain(`\n  ${name}: `)
    expect(message.split('\n')).toHaveLength(1 + Object.keys(wrong).length)
    expect(message).toContain('needs a port up to 65535 (is "70000")')
    expect(message).toContain('without a path')
  })

  test('a port is a whole number from 1 to 65535', () => {
    expect(config({ PORT: '1' }).port).toBe(1)
    expect(config({ PORT: '65535' }).port).toBe(65_535)
    for (const PORT of ['0', '-1', '65536', '80.5', 'http', ' ']) expect(refusal({ PORT })).toContain('PORT: needs')
  })

  test('a host is an address or a name that a program can listen on', () => {
    for (const HOST of ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::', 'fe80::1', '10.0.0.7', 'survey-1.example.cn'])
      expect(config({ HOST, DEMO: '0' }).host).toBe(HOST)
    const wrong = ['127.0.0.1:80', '[::1]', '256.1.1.1', '10.0.0', '10.0.0.0/8', 'http://localhost', 'a b', '-x', '*']
    for (const HOST of wrong) expect(refusal({ HOST, DEMO: '0' }), HOST).toContain('HOST: needs an address')
  })

  test('an address that is asked has no name and no password in it, and is not quoted', () => {
    for (const name of ['DATABASE_URL', 'DATABASE_REPLICA_URL', 'SMS_GATEWAY_URL']) {
      for (const address of ['https://user:secret-word@host', 'https://secret-word@host', 'https://', 'secret-word']) {
        const message = refusal({ [name]: address })
        expect(message, address).toContain(`${name}: needs`)
        expect(message).not.toContain('secret-word')
      }
      expect(refusal({ [name]: 'https://host/path?x=1', PORT: '0' })).not.toContain(name)
    }
  })

  test('text messages go to a gateway or into a folder, never to both', () => {
    const SMS_GATEWAY_URL = 'https://sms.example.org/send?key=secret-word'
    expect(config({})).toMatchObject({ smsGatewayUrl: '', smsOutbox: '' })
    expect(config({ SMS_GATEWAY_URL }).smsGatewayUrl).toBe(SMS_GATEWAY_URL)
    expect(config({ SMS_GATEWAY_URL_FILE: '/run/x' }, () => `${SMS_GATEWAY_URL}\n`).smsGatewayUrl).toBe(SMS_GATEWAY_URL)
    expect(config({ SMS_OUTBOX: './outbox' }).smsOutbox).toBe('./outbox')
    const both = refusal({ SMS_GATEWAY_URL, SMS_OUTBOX: './outbox' })
    expect(both).toContain('SMS_OUTBOX: give either')
    expect(both).not.toContain('secret-word')
  })

  test('an identity provider is set up whole or not at all', () => {
    const whole = {
      OIDC_ISSUER: 'https://id.example.gov.cn/realms/people',
      OIDC_NAME: 'province',
      OIDC_TITLE_ZH: '省统一身份认证',
      OIDC_TITLE_EN: 'Provincial sign-in',
      OIDC_CLIENT_ID: 'gongping',
    }
    const secret = { OIDC_CLIENT_SECRET_FILE: '/run/secrets/oidc' }
    expect(config({}).oidc).toBeNull()
    expect(config({ ...whole, ...secret }, () => 'a secret\n').oidc).toEqual({
      issuer: 'https://id.example.gov.cn/realms/people',
      name: 'province',
      title: { 'zh-CN': '省统一身份认证', en: 'Provincial sign-in' },
      clientId: 'gongping',
      clientSecret: 'a secret',
      givesPhone: false,
    })
    expect(refusal(whole)).toContain('\n  OIDC_CLIENT_SECRET: an identity provider needs it')
    for (const name of Object.keys(whole)) {
      const { [name as keyof typeof whole]: _, ...rest } = whole
      expect(refusal({ ...rest, OIDC_CLIENT_SECRET: 'hidden' })).toContain(`\n  ${name}: an identity provider needs it`)
    }
    for (const issuer of [
      'http://id.example.gov.cn',
      'https://id.example.gov.cn/?tenant=1',
      'id.example',
      'https://a:b@c',
    ])
      expect(refusal({ ...whole, OIDC_CLIENT_SECRET: 'hidden', OIDC_ISSUER: issuer })).toContain('\n  OIDC_ISSUER: ')
    // For trials on this machine.
    expect(config({ ...whole, OIDC_CLIENT_SECRET: 'hidden', OIDC_ISSUER: 'http://127.0.0.1:9999' }).oidc).not.toBeNull()
    expect(refusal({ ...whole, OIDC_CLIENT_SECRET: 'hidden', OIDC_NAME: 'A Province' })).not.toContain('hidden')
  })

  test('a message with a code has the places that can be filled, and the code once', () => {
    expect(config({}).smsCodeText['zh-CN']).toContain('{code}')
    const text = '【{office}】您的验证码是{code}，{minutes}分钟内有效。'
    expect(config({ SMS_CODE_TEXT_ZH: text }).smsCodeText).toMatchObject({
      'zh-CN': text,
      en: config({}).smsCodeText.en,
    })
    for (const wrong of [
      '验证码',
      '{code} {code}',
      '{code} {name}',
      '{code} {}',
      '{Code}',
      '{code:a|b}',
      '{code} {office',
      'x'.repeat(501),
    ])
      expect(refusal({ SMS_CODE_TEXT_EN: wrong }), wrong).toContain('\n  SMS_CODE_TEXT_EN: ')
  })

  test('an origin is http or https with nothing behind the host', () => {
    const PUBLIC_ORIGIN = 'https://cp.example.gov.cn, https://www.example.gov.cn:8443'
    expect(config({ PUBLIC_ORIGIN, DEMO: '0' }).origins).toEqual([
      'https://cp.example.gov.cn',
      'https://www.example.gov.cn:8443',
    ])
    const wrong = [
      'cp.example.gov.cn',
      'https://cp.example.gov.cn/',
      'HTTPS://cp.example.gov.cn',
      'https://u:p@cp.example.gov.cn',
      'https://cp.example.gov.cn:443',
      'https://*.gov.cn',
      'https://*',
      'null',
      '*',
      'ftp://cp.example.gov.cn',
      'ws://cp.example.gov.cn',
      'data:text/html,x',
    ]
    for (const text of wrong)
      expect(refusal({ PUBLIC_ORIGIN: text, DEMO: '0' }), text).toContain('PUBLIC_ORIGIN: needs')
  })

  test('a list of origins that names none stops the start', () => {
    // Without an origin there is nothing that a request could be compared with.
    expect(refusal({ PUBLIC_ORIGIN: ',' })).toContain('PUBLIC_ORIGIN: needs')
    expect(refusal({ PUBLIC_ORIGIN: ' , ', DEMO: '0' })).toContain('PUBLIC_ORIGIN: needs')
  })

  test('proxies are addresses or networks that exist', () => {
    const TRUSTED_PROXIES = '10.0.0.0/8, ::1, 2001:db8::/32, 192.0.2.1, 0.0.0.0/0'
    expect(config({ TRUSTED_PROXIES }).trustedProxies).toHaveLength(5)
    for (const text of ['999.1.1.1', '10.0.0.0/33', '::1/129', '10.0.0', '1::2::3', 'abcd', 'localhost', '10.0.0.0/']) {
      expect(refusal({ TRUSTED_PROXIES: text }), text).toContain('TRUSTED_PROXIES: needs')
    }
  })

  test('a secret comes from the variable or from a file, never from both', () => {
    const readFile = (path: string) => (path === '/run/secrets/token' ? 'abc.def\n' : noFile(path))
    expect(config({ DATABASE_TOKEN_FILE: '/run/secrets/token' }, readFile).databaseToken).toBe('abc.def')
    expect(config({ DATABASE_TOKEN: 'direct' }, readFile).databaseToken).toBe('direct')
    expect(refusal({ DATABASE_TOKEN: 'direct', DATABASE_TOKEN_FILE: '/run/secrets/token' }, readFile)).toContain(
      'not both',
    )
    expect(refusal({ DATABASE_TOKEN_FILE: '/nowhere' }, readFile)).toContain(
      'DATABASE_TOKEN_FILE: /nowhere cannot be read',
    )
  })

  test('the message of a refusal quotes no secret', () => {
    const readFile = () => 'secret-token'
    const message = refusal({ DATABASE_TOKEN: 'secret-token', DATABASE_TOKEN_FILE: '/x', PORT: '0' }, readFile)
    expect(message).not.toContain('secret-token')
    expect(refusal({ DATABASE_URL: 'postgres://user:secret-word@host/db' })).not.toContain('secret-word')
  })

  test('the demonstration is refused under an origin that others can reach', () => {
    const PUBLIC_ORIGIN = 'https://cp.example.gov.cn'
    expect(refusal({ PUBLIC_ORIGIN })).toContain('set DEMO=0')
    expect(refusal({ PUBLIC_ORIGIN: `http://localhost:8787,${PUBLIC_ORIGIN}` })).toContain('DEMO')
    expect(refusal({ PUBLIC_ORIGIN: 'http://localhost.example.org' })).toContain('DEMO')
    // Control: without the demonstration, or on this machine, the same is accepted.
    expect(config({ PUBLIC_ORIGIN, DEMO: '0' }).demo).toBe(false)
    expect(config({ PUBLIC_ORIGIN: 'http://localhost:9000' }).demo).toBe(true)
  })

  test('the demonstration is refused on an address that others can reach', () => {
    for (const HOST of ['0.0.0.0', '::', '10.0.0.7', 'survey.example.cn'])
      expect(refusal({ HOST }), HOST).toContain('HOST: the demo has public sign-ins')
    expect(refusal({ HOST: '0.0.0.0' })).toContain('set DEMO=0, or set HOST=127.0.0.1')
    // Control: without the demonstration, or on this machine, the same is accepted.
    expect(config({ HOST: '0.0.0.0', DEMO: '0' }).host).toBe('0.0.0.0')
    for (const HOST of ['127.0.0.1', '::1', 'localhost']) expect(config({ HOST }).demo).toBe(true)
  })
})

describe('exposesDemo', () => {
  test('names every setting by which others reach this machine', () => {
    const here = { origins: ['http://localhost:8787'], host: '127.0.0.1' }
    expect(exposesDemo(here)).toEqual([])
    expect(exposesDemo({ ...here, host: '0.0.0.0' })).toEqual(['HOST'])
    expect(exposesDemo({ ...here, origins: [...here.origins, 'https://x.gov.cn'] })).toEqual(['PUBLIC_ORIGIN'])
    expect(exposesDemo({ origins: ['https://x.gov.cn'], host: '::' })).toEqual(['PUBLIC_ORIGIN', 'HOST'])
  })
})

describe('isLoopback', () => {
  test('this machine has three names and no other', () => {
    for (const origin of ['http://localhost', 'http://127.0.0.1:1', 'http://[::1]:8787'])
      expect(isLoopback(origin)).toBe(true)
    for (const origin of ['http://127.0.0.2', 'http://localhost.', 'http://10.0.0.1', 'https://0.0.0.0']) {
      expect(isLoopback(origin), origin).toBe(false)
    }
  })
})
