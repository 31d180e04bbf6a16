import type { Json, Part, SourceSession, Unit } from '../src/index.ts'
import { never } from './subject.ts'

/** One part as text: an object's bytes, or rows as JSON lines. */
export interface ReadPart {
  readonly text: string
  readonly checkpoint: Json | undefined
}

export async function unitsOf(session: SourceSession): Promise<readonly Unit[]> {
  return Array.fromAsync(session.units({ signal: never() }))
}

export async function partsOf(
  session: SourceSession,
  unit: Unit,
  checkpoint: Json = null,
): Promise<readonly ReadPart[]> {
  const parts: ReadPart[] = []
  for await (const part of session.read(unit, { checkpoint, signal: never() }))
    parts.push({ text: await textOf(part), checkpoint: part.checkpoint })
  return parts
}

export async function textOf(part: Part): Promise<string> {
  if (part.kind === 'rows') return part.rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  return (await bytesOf(part.open())).toString()
}

export async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(stream))
}

/** Everything that a source gives now, unit key -> text. */
export async function readAll(session: SourceSession): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const unit of await unitsOf(session)) {
    const parts = await partsOf(session, unit)
    texts.set(unit.key, parts.map(({ text }) => text).join(''))
  }
  return texts
}

/** The same value after it was stored: what the ledger gives to another process. */
export function stored<T extends Json | Unit>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

/** JSON lines with numbers beyond 2^53 in text form, non-ASCII and empty values. */
export function lines(name: string, count: number): Uint8Array {
  const rows = Array.from({ length: count }, (_, index) => ({
    from: name,
    n: index,
    word: index % 2 === 0 ? 'grün 🎈' : '',
  }))
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
}

/** The unit whose key ends with the name of the object. */
export function unitNamed(units: readonly Unit[], name: string): Unit | undefined {
  return units.find(({ key }) => key === name || key.endsWith(`/${name}`))
}
