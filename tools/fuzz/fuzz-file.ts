/**
 * What becomes of a record. arrives: it is in the nexset, value for value. refused: it is in quarantine, byte for byte. either: the specification
 * leaves it open, but it is in exactly one of the two.
 */
export type Fate = 'arrives' | 'refused' | 'either'

/** A record as the generator made it: it knows, without any parser, what has to become of it. */
export interface Piece {
  /** Bytes of the record in the file, without its separator. */
  readonly text: Buffer
  readonly fate: Fate
  /** What arrives: field -> JSON text of its value; absent fields are null. */
  readonly value?: Readonly<Record<string, string>>
  /** Codes of which the quarantine gives one. Absent: any. */
  readonly codes?: readonly string[]
  /** What was done to it, for the report. */
  readonly what: string
}

/** Records of a file or of an entry of an archive. */
export interface Part {
  /** Behind the file's name: `''`, or `!entry.json`. */
  readonly suffix: string
  readonly pieces: readonly Piece[]
  /** White space inside of records may have changed (arrays of records become lines). */
  readonly loose?: boolean
  /** How many of the records, from the first, were readable before the damage; absent: all. The rest is in the refused file. */
  readonly readable?: { readonly least: number; readonly most: number }
}

export interface FuzzFile {
  readonly name: string
  readonly bytes: Buffer
  readonly what: string
  readonly parts: readonly Part[]
  /** The file, or its rest, is in quarantine as a whole, with one of these codes and its first bytes. */
  readonly spoiled?: readonly string[]
  /** Undetectable damage (a flipped bit of a value): nothing may crash and every count must agree, but values may be wrong. */
  readonly unknowable?: boolean
}
