import { type Compressor, compressors, encoded, members, zip } from './containers.ts'
import { csvText, lyingCsv } from './csv-files.ts'
import type { FuzzFile, Part } from './fuzz-file.ts'
import {
  cutLines,
  hugeLines,
  type Ids,
  jsonDocuments,
  jsonLines,
  partOf,
  type Text,
  unclosedArray,
} from './json-files.ts'
import { ParquetMaker } from './parquet-files.ts'
import { Random } from './random.ts'

/** A batch of files that one source reads in one run. */
export interface Batch {
  readonly seed: number
  readonly files: readonly FuzzFile[]
}

/**
 * The files of a seed: the same for the same seed and count. They are read after `firstOrders`, with one nexset for all and the drift
 * policy "quarantine", so that the type of every field is known.
 */
export async function makeBatch(seed: number, count: number): Promise<Batch> {
  await using parquet = await ParquetMaker.create()
  const random = new Random(seed)
  let id = 1000
  const ids: Ids = { next: () => id++ }
  const files: FuzzFile[] = []
  for (let number = 0; number < count; number++)
    files.push(await makeFile(random, ids, parquet, `f${String(number).padStart(4, '0')}`))
  return { seed, files }
}

function makeFile(random: Random, ids: Ids, parquet: ParquetMaker, name: string): FuzzFile | Promise<FuzzFile> {
  const roll = random.next()
  if (roll < 0.2) return parquet.file(random, ids, `${name}.parquet`)
  if (roll < 0.203) return plain(hugeLines(random, ids, random.pick([5, 9, 33])), `${name}.json`)
  if (roll < 0.23) return unclosedArray(random, ids, `${name}.json`)
  if (roll < 0.3) return plain(cutLines(random, ids), `${name}.json`)
  if (roll < 0.34) return plain(lyingCsv(random, ids), `${name}.csv`)
  if (roll < 0.37) return junk(random, name)
  const json = random.chance(0.6)
  const make = (options: { onlyText?: boolean } = {}): Text =>
    json ? (random.chance(0.35) ? jsonDocuments(random, ids) : jsonLines(random, ids)) : csvText(random, ids, options)
  const extension = json ? 'json' : 'csv'
  if (roll < 0.6) return plain(make(), `${name}.${extension}`)
  if (roll < 0.67) return inOtherEncoding(random, make({ onlyText: true }), `${name}.${extension}`)
  if (roll < 0.83) return compressed(random, make(), name, extension)
  if (roll < 0.9) return brokenCompressed(random, jsonLines(random, ids), name)
  return archive(random, () => ({ text: make(), extension }), name)
}

const plain = (text: Text, name: string): FuzzFile => ({
  name,
  bytes: text.text,
  what: text.what,
  parts: [partOf(text)],
})

/** UTF-16 or UTF-8 with its mark. Only what is text can be written so. */
function inOtherEncoding(random: Random, text: Text, name: string): FuzzFile {
  const isText = text.pieces.every((piece) => Buffer.from(piece.text.toString()).equals(piece.text))
  if (!isText) return plain(text, name)
  const encoding = random.pick(['utf16le', 'utf16be', 'utf8'] as const)
  return { ...plain(text, name), bytes: encoded(text.text.toString(), encoding), what: `${text.what}, ${encoding}` }
}

/** One member or several, under a name that tells, does not tell or tells something else. */
function compressed(random: Random, text: Text, name: string, extension: string): FuzzFile {
  const how = random.pick(Object.keys(compressors) as Compressor[])
  const cuts = random.chance(0.4) ? [random.between(0, text.text.length), random.between(0, text.text.length)] : []
  const kind = random.pick(['named', 'named', 'nameless', 'lying', 'plain'] as const)
  const ending = { named: `.${how}`, nameless: '', lying: how === 'gz' ? '.zst' : '.gz', plain: `.${how}` }[kind]
  return {
    name: `${name}.${extension}${ending}`,
    bytes: kind === 'plain' ? text.text : members(text.text, how, cuts),
    what: `${text.what}, ${kind} ${how}${cuts.length > 0 ? ' in members' : ''}`,
    parts: [partOf(text)],
  }
}

/** What comes before the damage arrives, the file is in quarantine for the rest. */
function brokenCompressed(random: Random, text: Text, name: string): FuzzFile {
  const whole = compressors.gz(text.text)
  const kind = random.pick(['cut', 'checksum', 'length', 'junk behind'] as const)
  const part = partOf(text)
  const file = (bytes: Buffer, readable?: Part['readable']): FuzzFile => ({
    name: `${name}.json.gz`,
    bytes,
    what: `${text.what}, gzip: ${kind}`,
    parts: [readable === undefined ? part : { ...part, readable }],
    spoiled: ['compression.broken'],
  })
  if (kind === 'cut')
    return file(whole.subarray(0, random.between(11, whole.length - 1)), { least: 0, most: text.pieces.length })
  if (kind === 'junk behind') return { ...file(Buffer.concat([whole, Buffer.from('\x1f\x8b junk')])) }
  const at = kind === 'checksum' ? whole.length - 8 : whole.length - 4
  whole.writeUInt32LE((whole.readUInt32LE(at) ^ 0x5a5a5a5a) >>> 0, at)
  return file(whole)
}

function archive(random: Random, make: () => { text: Text; extension: string }, name: string): FuzzFile {
  const entries = Array.from({ length: random.between(1, 4) }, (_, at) => ({ ...make(), entry: `folder/e${at}` }))
  const inner = entries.map(({ text, extension, entry }) => {
    const gz = random.chance(0.2)
    return {
      text,
      name: `${entry}.${extension}`,
      stored: `${entry}.${extension}${gz ? '.gz' : ''}`,
      data: gz ? compressors.gz(text.text) : text.text,
    }
  })
  const parts = (of: typeof inner): Part[] => of.map((one) => partOf(one.text, `!${one.name}`))
  const kind = random.pick(['whole', 'whole', 'cut', 'checksum', 'bomb'] as const)
  const zipped = (claims: object = {}) =>
    zip(
      inner.map((one, at) => ({ name: one.stored, data: one.data, ...(at === inner.length - 1 ? { claims } : {}) })),
      1,
    )
  const file = { name: `${name}.zip`, what: `zip: ${kind}` }
  if (kind === 'whole') return { ...file, bytes: zipped(), parts: parts(inner) }
  if (kind === 'checksum')
    return {
      ...file,
      bytes: zipped({ crc: 1 }),
      parts: parts(inner).map(lastMayBeCut(inner)),
      spoiled: ['archive.broken'],
    }
  if (kind === 'bomb')
    return {
      ...file,
      bytes: zipped({ size: 0xfffffff0 }),
      parts: parts(inner.slice(0, -1)),
      spoiled: ['archive.too_large'],
    }
  const bytes = zipped()
  return {
    ...file,
    bytes: bytes.subarray(0, random.between(4, bytes.length - 23)),
    parts: [],
    spoiled: ['archive.broken'],
  }
}

/** The end of delimited text that turns out to be damaged may be half a record; only a line end shows that it is not. */
function lastMayBeCut(inner: readonly { readonly text: Text; readonly name: string }[]) {
  return (part: Part, at: number): Part => {
    const cut = at === inner.length - 1 && inner[at]!.name.endsWith('.csv') && inner[at]!.text.text.at(-1) !== 10
    return cut ? { ...part, readable: { least: part.pieces.length - 1, most: part.pieces.length } } : part
  }
}

/** Bytes of no format. */
function junk(random: Random, name: string): FuzzFile {
  const bytes = Buffer.from(Array.from({ length: random.pick([1, 20, 500, 5000]) }, () => random.between(0, 255)))
  const extension = random.pick(['json', 'csv', 'json.gz', 'zip', 'bin', 'json.zst', 'parquet'])
  return { name: `${name}.${extension}`, bytes, what: 'random bytes', parts: [], unknowable: true }
}
