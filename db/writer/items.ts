/** A response of the live mode, ready to be written: one person's answers about one or more organs. */
export interface LiveItem {
  readonly kind: 'live'
  readonly jurisdiction: number
  readonly survey: number
  /** The keyed code of the person, 32 bytes: the key of the roll. */
  readonly pseudonym: Uint8Array
  /** Hash over the request key and the canonical answers, 32 bytes: tells a repeated request from a second response. */
  readonly bodyHash: Uint8Array
  /** Names the spent ticket in the receipt, 32 bytes. */
  readonly tag: Uint8Array
  /** The verified cell. */
  readonly cell: string
  readonly channel: string
  /** yyyymmdd in Asia/Shanghai; nothing finer is stored with an answer. */
  readonly day: number
  readonly slips: readonly LiveSlip[]
  readonly comments: readonly LiveComment[]
}

export interface LiveSlip {
  /** 16 random bytes. */
  readonly id: Uint8Array
  readonly organ: number
  /** The weighting cell. */
  readonly cell: string
  /** One integer per rating and choice, in question order. */
  readonly answers: readonly number[]
  /** 16 random bytes. */
  readonly salt: Uint8Array
}

export interface LiveComment {
  readonly id: Uint8Array
  readonly organ: number
  readonly text: string
  readonly salt: Uint8Array
}

/**
 * What became of an item. The roll decides first: the same body again is `replayed` whatever the survey's state;
 * then the state (`closed`, `not_open`); then another body of the same person is `spent`; last, whoever was excluded
 * after entering is `not_eligible`.
 */
export type Outcome = 'accepted' | 'replayed' | 'spent' | 'closed' | 'not_open' | 'not_eligible' | 'unknown'

/** Refuses what no handler may hand over: keys of another size are a mistake of the program, not of a person. */
export function checkItem(item: LiveItem): void {
  if (item.pseudonym.length !== 32 || item.bodyHash.length !== 32 || item.tag.length !== 32)
    throw new TypeError('submit needs keys of 32 bytes')
  if (item.slips.length === 0) throw new TypeError('submit needs at least one slip')
  for (const slip of item.slips) {
    checkIds(slip)
    if (!slip.answers.every(Number.isSafeInteger)) throw new TypeError('submit needs whole numbers as answers')
  }
  for (const comment of item.comments) checkIds(comment)
}

function checkIds({ id, salt }: { id: Uint8Array; salt: Uint8Array }): void {
  if (id.length !== 16 || salt.length !== 16) throw new TypeError('submit needs ids and salts of 16 bytes')
}
