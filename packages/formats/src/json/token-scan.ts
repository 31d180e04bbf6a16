import { tokens } from './tokens.gen.ts'
import { spellingsOf, tokenKinds, type TypedKey } from './typed-keys.ts'

interface Scanner {
  readonly memory: WebAssembly.Memory
  clear(): void
  add(end: number, length: number, kind: number): void
  doubts(start: number, end: number): number
}

/** Text lies here; in front of it is the table of keys. */
const textAt = 64 << 10
/** Scanned at once: it stays in the processor's cache. */
const blockBytes = 256 << 10
const pageBytes = 64 << 10
/** The scanner looks at 64 bytes at once, and at 32 behind where it stands. */
const paddingBytes = 128

let shared: { readonly scanner: Scanner; bytes: Uint8Array } | undefined

/**
 * Looks for what DuckDB's JSON reader takes without telling: a comma before a closing bracket, and under the given keys values of another kind. In
 * WebAssembly, because every byte passes here. A doubt costs the slow path, a miss would bend a value.
 */
export class TokenScan {
  readonly #keys: readonly (readonly [Uint8Array, number])[]

  constructor(keys: ReadonlyMap<string, TypedKey>) {
    this.#keys = [...keys].flatMap(([key, { kind, scale }]) =>
      spellingsOf(key).map((spelling) => [Buffer.from(spelling), tokenKinds[kind] | (scale << 8)] as const),
    )
  }

  /** True when the text must be read record by record. It holds whole lines; the last may lack its newline. */
  raises(text: Uint8Array): boolean {
    const { scanner } = (shared ??= load())
    this.#tell(scanner)
    const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
    for (let from = 0; from < text.length;) {
      const to = endOfBlock(bytes, from)
      const end = textAt + to - from
      const memory = roomFor(end)
      memory.set(bytes.subarray(from, to), textAt)
      memory.fill(0x0a, end, end + paddingBytes)
      if (scanner.doubts(textAt, end) !== 0) return true
      from = to
    }
    return false
  }

  /** The table is written anew for every text: another stretch may have other keys. */
  #tell(scanner: Scanner): void {
    scanner.clear()
    for (const [key, kind] of this.#keys) {
      const end = textAt + 8 + key.length
      roomFor(end).set(key, textAt + 8)
      scanner.add(end, key.length, kind)
    }
  }
}

function load(): { scanner: Scanner; bytes: Uint8Array } {
  const module = new WebAssembly.Module(Buffer.from(tokens, 'base64'))
  const scanner = new WebAssembly.Instance(module, {}).exports as unknown as Scanner
  return { scanner, bytes: new Uint8Array(scanner.memory.buffer) }
}

/** The memory, grown so that the scanner may look behind `end`. */
function roomFor(end: number): Uint8Array {
  const state = (shared ??= load())
  const missing = end + paddingBytes - state.bytes.length
  if (missing > 0) {
    state.scanner.memory.grow(Math.ceil(missing / pageBytes))
    state.bytes = new Uint8Array(state.scanner.memory.buffer)
  }
  return state.bytes
}

/** Behind the last newline of the block, or behind the first one when a line is longer. */
function endOfBlock(bytes: Buffer, from: number): number {
  if (bytes.length - from <= blockBytes) return bytes.length
  const last = bytes.lastIndexOf(0x0a, from + blockBytes - 1)
  if (last >= from) return last + 1
  const next = bytes.indexOf(0x0a, from + blockBytes)
  return next < 0 ? bytes.length : next + 1
}
