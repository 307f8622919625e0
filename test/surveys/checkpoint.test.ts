import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Checkpoint,
  type CheckpointProblem,
  checkpointText,
  keyId,
  logOrigin,
  ownSignature,
  readCheckpoint,
  type SignedCheckpoint,
  writeCheckpoint,
} from '../../surveys/checkpoint.ts'

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash('sha256').update(bytes).digest())
const base64 = (...parts: Uint8Array[]) => Buffer.concat(parts).toString('base64')
const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, 'base64'))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const verifies = (text: Uint8Array, publicKey: Uint8Array, signature: Uint8Array | null) => {
  const key = createPublicKey({
    key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), publicKey]),
    format: 'der',
    type: 'spki',
  })
  return signature !== null && verify(null, text, key, signature)
}
/** Is this a checkpoint signed by this key, as a reader of the published text decides it? */
const isSigned = (note: string, name: string, publicKey: Uint8Array) => {
  const read = readCheckpoint(note)
  if (!read.ok) return false
  return verifies(checkpointText(read.value), publicKey, ownSignature(read.value, name, publicKey, sha256))
}
const reading = (note: string): SignedCheckpoint => {
  const read = readCheckpoint(note)
  if (!read.ok) throw new Error(read.error)
  return read.value
}
const problem = (note: string) => {
  const read = readCheckpoint(note)
  return read.ok ? 'none' : read.error
}

// The checksum database of the Go language publishes checkpoints of this form; its key is built into the go command:
// sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8, where 033de0ae is the key id and 01 comes first.
const GO_KEY = fromBase64('Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8').subarray(1)
const GO_ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='
const GO_SIGNATURE = 'Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8='
const GO_NOTE = `go.sum database tree\n20852163\n${GO_ROOT}\n\n— sum.golang.org ${GO_SIGNATURE}\n`
// Another one, with the line of a witness below.
const WITNESSED = `go.sum database tree
15067302
gJyioq6dwR9n+NjEWORfYmH+ubeYm3kH42BBQ0bTpYI=

— sum.golang.org Az3grp1rvWOs5NKlr/xR4GLN/CDyzzakmt1o61uSxYKpK1SerqOP2ClbX/peKUZjYnyomH5Xz7GZG3TpB7OeKn4E2ww=
— test.example.com qTGhC/xIPQ0AXKHK6Y+9ypRfuvMZWPjRXM8NiOg5M1WREn07VQXyuIXM3NRNav3ieVFLUqDRK77PWDmL6w8w84UqeAw=
`

// The key pair in the documentation of signed notes: PRIVATE+KEY+PeterNeumann+c74f20a3+AYEK… and its public half.
const PETER = 'PeterNeumann'
const PETER_KEY = fromBase64('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW').subarray(1)
const PETER_SEED = fromBase64('AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz').subarray(1)
const PETER_PRIVATE = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), PETER_SEED]),
  format: 'der',
  type: 'pkcs8',
})

// A checkpoint of ours, made by hand with that key.
const ORIGIN = 'assess.example/jiangzhou/public-2025/participation'
const OURS: Checkpoint = { origin: ORIGIN, size: 8, root: fromBase64(GO_ROOT) }
const OUR_TEXT = `${ORIGIN}\n8\n${GO_ROOT}\n`
const OUR_SIGNATURE = new Uint8Array(sign(null, Buffer.from(OUR_TEXT), PETER_PRIVATE))
const OUR_LINE = `— PeterNeumann ${base64(Buffer.from('c74f20a3', 'hex'), OUR_SIGNATURE)}\n`
const OUR_NOTE = `${OUR_TEXT}\n${OUR_LINE}`
const witness = (i: number) => `— witness.example/${i} ${base64(Buffer.from([0, 0, 0, i]), Buffer.alloc(72, i))}\n`

describe('a published checkpoint', () => {
  test('of the checksum database of Go is read, and its signature verifies', () => {
    const checkpoint = reading(GO_NOTE)
    expect(checkpoint).toEqual({
      origin: 'go.sum database tree',
      size: 20_852_163,
      root: fromBase64(GO_ROOT),
      signatures: [
        {
          name: 'sum.golang.org',
          keyId: new Uint8Array([0x03, 0x3d, 0xe0, 0xae]),
          signature: fromBase64(GO_SIGNATURE).subarray(4),
        },
      ],
    })
    expect(isSigned(GO_NOTE, 'sum.golang.org', GO_KEY)).toBe(true)
  })

  test('keeps the lines of witnesses, and is verified without knowing them', () => {
    expect(reading(WITNESSED).signatures.map(({ name }) => name)).toEqual(['sum.golang.org', 'test.example.com'])
    expect(isSigned(WITNESSED, 'sum.golang.org', GO_KEY)).toBe(true)
    const many = reading(`${OUR_TEXT}\n${witness(1)}${OUR_LINE}${witness(2)}`)
    expect(many.signatures.map(({ name, signature }) => [name, signature.length])).toEqual([
      ['witness.example/1', 72],
      ['PeterNeumann', 64],
      ['witness.example/2', 72],
    ])
    expect(ownSignature(many, PETER, PETER_KEY, sha256)).toEqual(OUR_SIGNATURE)
  })

  test('no longer verifies when its origin, size or root is another', () => {
    expect(isSigned(OUR_NOTE, PETER, PETER_KEY)).toBe(true)
    const altered = [
      OUR_NOTE.replace('jiangzhou', 'jiangzhov'),
      OUR_NOTE.replace('\n8\n', '\n9\n'),
      OUR_NOTE.replace('CsUY', 'CsUZ'),
      OUR_NOTE.replace('participation', 'slips'),
    ]
    for (const note of altered) {
      expect(problem(note)).toBe('none')
      expect(isSigned(note, PETER, PETER_KEY), note).toBe(false)
    }
  })

  test('is not signed by a key of another id, name or value, nor by a signature of another length', () => {
    const other = new Uint8Array(
      generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(12),
    )
    const ours = reading(OUR_NOTE)
    expect(ownSignature(ours, PETER, PETER_KEY, sha256)).toEqual(OUR_SIGNATURE)
    expect(ownSignature(ours, PETER, other, sha256)).toBe(null)
    expect(ownSignature(ours, 'Peterneumann', PETER_KEY, sha256)).toBe(null)
    for (let bit = 0; bit < 32; bit++) {
      const id = Buffer.from('c74f20a3', 'hex')
      id[bit >> 3]! ^= 1 << (bit & 7)
      const note = `${OUR_TEXT}\n— PeterNeumann ${base64(id, OUR_SIGNATURE)}\n`
      expect(ownSignature(reading(note), PETER, PETER_KEY, sha256)).toBe(null)
    }
    for (const signature of [OUR_SIGNATURE.subarray(1), Buffer.concat([OUR_SIGNATURE, Buffer.alloc(1)])]) {
      const note = `${OUR_TEXT}\n— PeterNeumann ${base64(Buffer.from('c74f20a3', 'hex'), signature)}\n`
      expect(ownSignature(reading(note), PETER, PETER_KEY, sha256)).toBe(null)
    }
    // The right id and length under another's name: found by nobody, so that it cannot pass for a signature of ours.
    expect(ownSignature(reading(OUR_NOTE.replace('— Peter', '— Petra')), PETER, PETER_KEY, sha256)).toBe(null)
  })
})

describe('a key id', () => {
  test('is the published one for published keys', () => {
    expect(hex(keyId('sum.golang.org', GO_KEY, sha256))).toBe('033de0ae')
    expect(hex(keyId(PETER, PETER_KEY, sha256))).toBe('c74f20a3')
    // The key pair is the published one: it signs the published text as published.
    const text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    const published = 'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM='
    expect(base64(Buffer.from('c74f20a3', 'hex'), sign(null, Buffer.from(text), PETER_PRIVATE))).toBe(published)
  })

  test('needs a whole key', () => {
    for (const length of [0, 31, 33]) {
      expect(() => keyId(PETER, new Uint8Array(length), sha256)).toThrow('keyId needs an Ed25519 public key')
    }
  })
})

describe('what is written', () => {
  const signer = { name: PETER, publicKey: PETER_KEY, signature: OUR_SIGNATURE }

  test('is signed up to the newline of the third line', () => {
    expect(Buffer.from(checkpointText(OURS)).toString()).toBe(OUR_TEXT)
  })

  test('is the note that was made by hand', () => {
    expect(writeCheckpoint(OURS, signer, sha256)).toBe(OUR_NOTE)
    const go = { name: 'sum.golang.org', publicKey: GO_KEY, signature: fromBase64(GO_SIGNATURE).subarray(4) }
    const tree = { origin: 'go.sum database tree', size: 20_852_163, root: fromBase64(GO_ROOT) }
    expect(writeCheckpoint(tree, go, sha256)).toBe(GO_NOTE)
  })

  test('is read back the same', () => {
    const word = fc.stringMatching(/^[a-z0-9./:-]{1,60}$/)
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
    const checkpoint = fc.record({ origin: word, size: fc.maxSafeNat(), root: bytes(32) })
    fc.assert(
      fc.property(checkpoint, word, bytes(32), bytes(64), (checkpoint, name, publicKey, signature) => {
        const read = reading(writeCheckpoint(checkpoint, { name, publicKey, signature }, sha256))
        expect(read).toEqual({
          ...checkpoint,
          signatures: [{ name, keyId: keyId(name, publicKey, sha256), signature }],
        })
        expect(ownSignature(read, name, publicKey, sha256)).toEqual(signature)
        expect(checkpointText(read)).toEqual(checkpointText(checkpoint))
      }),
    )
  })

  test('needs an origin of one line, a whole size, a root of 32 bytes', () => {
    const wrong: Partial<Checkpoint>[] = [
      ...['', 'two\nlines', 'a\r', 'a\tb', 'half \ud83d', 'a\n1'].map((origin) => ({ origin })),
      ...[-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e21].map((size) => ({ size })),
      ...[0, 31, 33].map((length) => ({ root: new Uint8Array(length) })),
    ]
    for (const part of wrong) {
      expect(() => checkpointText({ ...OURS, ...part }), JSON.stringify(part)).toThrow('checkpointText needs')
      expect(() => writeCheckpoint({ ...OURS, ...part }, signer, sha256)).toThrow('checkpointText needs')
    }
  })

  test('needs a key name without spaces, a signature of 64 bytes, and room', () => {
    for (const name of ['', 'a b', 'a+b', 'a\u3000b', 'a\nb', 'a\u0085', 'half\ud83d', `a AAAAAAAA\n— b`])
      expect(() => writeCheckpoint(OURS, { ...signer, name }, sha256), name).toThrow('needs a key name')
    for (const length of [0, 63, 65])
      expect(() => writeCheckpoint(OURS, { ...signer, signature: new Uint8Array(length) }, sha256)).toThrow('64 bytes')
    expect(() => writeCheckpoint(OURS, { ...signer, name: 'a'.repeat(4_096) }, sha256)).toThrow('4 KiB')
  })
})

describe('readCheckpoint', () => {
  const seventeen = Array.from({ length: 17 }, (_, i) => witness(i))
  const refused = {
    too_long: [`${OUR_NOTE}${'x'.repeat(4_096)}`, 'x'.repeat(1_000_000)],
    forbidden_character: [
      OUR_NOTE.replaceAll('\n', '\r\n'),
      OUR_NOTE.replace('\n8\n', '\n8\r\n'),
      `${OUR_NOTE}\0`,
      OUR_NOTE.replace('jiangzhou', 'jiang\tzhou'),
      OUR_NOTE.replace('jiangzhou', 'jiang\u0085zhou'),
      OUR_NOTE.replace('jiangzhou', 'jiang\ud83dzhou'),
    ],
    no_final_newline: ['', OUR_NOTE.slice(0, -1), `${OUR_NOTE}x`, `${OUR_NOTE} `],
    no_blank_line: ['\n', `${OUR_TEXT}${OUR_LINE}`, `${OUR_TEXT} \n${OUR_LINE}`, OUR_TEXT],
    missing_line: [`\n\n${OUR_LINE}`, `${ORIGIN}\n\n${OUR_LINE}`, `${ORIGIN}\n8\n\n${OUR_LINE}`],
    extension_line: [`${OUR_TEXT}more\n\n${OUR_LINE}`, `${OUR_TEXT}\n\n${OUR_LINE}`, `${OUR_NOTE}\n${OUR_LINE}`],
    empty_origin: [`\n8\n${GO_ROOT}\n\n${OUR_LINE}`],
    malformed_size: [
      '',
      '08',
      '00',
      '-0',
      '-1',
      '+8',
      '8.0',
      '8e0',
      ' 8',
      '8 ',
      '0x8',
      '８',
      '9007199254740992',
      '1'.repeat(40),
    ].map((size) => `${ORIGIN}\n${size}\n${GO_ROOT}\n\n${OUR_LINE}`),
    malformed_root: [
      '',
      GO_ROOT.slice(0, -1),
      `${GO_ROOT}=`,
      `${GO_ROOT}====`,
      ` ${GO_ROOT}`,
      // The last letter carries two bits too many; they have to be 0, or one root would have four spellings.
      GO_ROOT.replace('2I=', '2J='),
      GO_ROOT.replace('/', '_'),
      GO_ROOT.replace('C', '*'),
      base64(new Uint8Array(31)),
      base64(new Uint8Array(33)),
    ].map((root) => `${ORIGIN}\n8\n${root}\n\n${OUR_LINE}`),
    no_signature: [`${OUR_TEXT}\n`, `${OUR_NOTE}\n`],
    too_many_signatures: [`${OUR_TEXT}\n${seventeen.join('')}`],
    malformed_signature: [
      'trailing\n',
      OUR_LINE.replace('—', '-'),
      OUR_LINE.replace('—', '–'),
      ` ${OUR_LINE}`,
      OUR_LINE.replace('— ', '—'),
      OUR_LINE.replace(' x0', '  x0'),
      OUR_LINE.replace('\n', ' \n'),
      OUR_LINE.replace('Peter', 'Peter '),
      OUR_LINE.replace('Peter', 'Peter+'),
      OUR_LINE.replace('Peter', 'Peter\u3000'),
      OUR_LINE.replace('=\n', '\n'),
      OUR_LINE.replace('=\n', '==\n'),
      '— PeterNeumann x08gow==\n',
      '— PeterNeumann \n',
      '— PeterNeumann\n',
      '— PeterNeumann x08go_ZJkuBS\n',
    ].map((line) => `${OUR_TEXT}\n${line}`),
    repeated_signature: [`${OUR_NOTE}${OUR_LINE}`, `${OUR_NOTE}${witness(1)}— PeterNeumann x08go/ZJkuBS\n`],
  } satisfies Record<CheckpointProblem, string[]>

  for (const [code, notes] of Object.entries(refused)) {
    test(`refuses with ${code}`, () => {
      for (const note of notes) expect(problem(note), JSON.stringify(note.slice(0, 300))).toBe(code)
    })
  }

  test('accepts what stands just inside these limits', () => {
    expect(reading(`${OUR_TEXT}\n${seventeen.slice(1).join('')}`).signatures).toHaveLength(16)
    for (const size of ['0', '10', '9007199254740991'])
      expect(reading(OUR_NOTE.replace('\n8\n', `\n${size}\n`)).size).toBe(Number(size))
    // One name, two keys: after a change of key both may sign. Two names, one id: ids are short and may coincide.
    expect(reading(`${OUR_NOTE}— PeterNeumann AAAAAAA=\n`).signatures).toHaveLength(2)
    expect(reading(`${OUR_NOTE}${OUR_LINE.replace('Peter', 'Petra')}`).signatures).toHaveLength(2)
  })

  test('counts its 4 KiB in bytes, not in letters', () => {
    // The em dash takes three bytes and each 见 as well.
    const fixed = Buffer.byteLength(OUR_NOTE) + Buffer.byteLength('—  AAAAAAA=\n')
    const filled = (letter: string, count: number) => `${OUR_NOTE}— ${letter.repeat(count)} AAAAAAA=\n`
    expect(problem(filled('w', 4_096 - fixed))).toBe('none')
    expect(problem(filled('w', 4_097 - fixed))).toBe('too_long')
    const third = Math.floor((4_096 - fixed) / 3)
    expect([problem(filled('见', third)), problem(filled('见', third + 1))]).toEqual(['none', 'too_long'])
  })

  test('gives every checkpoint one spelling: whatever is accepted after a change of one letter is written like that', () => {
    const letter = fc.constantFrom(...'\n\r\t =+/-_.A0189x—–\u00a0\ufeff见'.split(''))
    const edit = fc.tuple(fc.nat(OUR_NOTE.length), fc.nat(2), letter)
    const spelled = ({ origin, size, root, signatures }: SignedCheckpoint) =>
      `${origin}\n${size}\n${base64(root)}\n\n${signatures.map((line) => `— ${line.name} ${base64(line.keyId, line.signature)}\n`).join('')}`
    let accepted = 0
    fc.assert(
      fc.property(edit, ([at, removed, added]) => {
        const note = OUR_NOTE.slice(0, at) + added + OUR_NOTE.slice(at + removed)
        const read = readCheckpoint(note)
        if (read.ok) accepted++
        if (read.ok) expect(spelled(read.value)).toBe(note)
      }),
      { numRuns: 3_000 },
    )
    expect(accepted).toBeGreaterThan(0)
  })

  test('ends with an answer for any text', () => {
    const piece = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('\n', '\n\n', '\0', '\ud83d', '— ', ' ', OUR_LINE, GO_ROOT, ORIGIN),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        expect(typeof readCheckpoint(pieces.join('')).ok).toBe('boolean')
      }),
      { numRuns: 300 },
    )
  })
})

describe('logOrigin', () => {
  test('names host, survey and log', () => {
    expect(logOrigin('assess.example', 'jiangzhou/public-2025', 'participation')).toBe(ORIGIN)
    expect(logOrigin('localhost:8787', 'demo/leaders', 'slips')).toBe('localhost:8787/demo/leaders/slips')
  })

  test('needs a host and the full name of a survey', () => {
    const wrong: [string, string][] = [
      ['', 'jiangzhou/public-2025'],
      ['https://assess.example', 'jiangzhou/public-2025'],
      ['Assess.example', 'jiangzhou/public-2025'],
      ['assess.example/', 'jiangzhou/public-2025'],
      ['assess.example', 'public-2025'],
      ['assess.example', 'jiangzhou/public-2025/x'],
      ['assess.example', 'jiangzhou/public 2025'],
      ['assess.example\n', 'jiangzhou/public-2025'],
    ]
    for (const [host, survey] of wrong) expect(() => logOrigin(host, survey, 'slips')).toThrow('logOrigin needs')
  })
})
