import { Fault } from '@leat/connector-kit'

/** Largest compressed block with its header (900 KB, incompressible), rounded up: a block is decoded once this much input is there. */
const blockInput = 1_300_000

/**
 * Bytes of a bzip2 stream, or of several one after another (as pbzip2 writes). Every block's checksum and every stream's are compared.
 * One block at a time is in memory (≤ 900 KB, 4 bytes of work space for each). Throws `data` faults after the good blocks.
 */
export async function* bunzip2(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bits = new Bits()
  const source = bytes[Symbol.asyncIterator]()
  let ended = false
  const fill = async () => {
    while (!ended && bits.available < blockInput) {
      const { done, value } = await source.next()
      if (done) ended = true
      else bits.push(value)
    }
  }
  await fill()
  while (bits.available > 0) {
    const block = new BlockReader(bits, readLevel(bits))
    let combined = 0
    for (;;) {
      await fill()
      const magic = bits.read(24) * 0x1000000 + bits.read(24)
      const checksum = bits.read32()
      if (magic === 0x177245385090) {
        if (checksum !== combined) throw broken('the checksum of the stream is wrong')
        break
      }
      if (magic !== 0x314159265359) throw broken('a block does not begin as one')
      const data = block.read()
      if (blockCrc(data) !== checksum) throw broken('the checksum of a block is wrong')
      combined = (((combined << 1) | (combined >>> 31)) ^ checksum) >>> 0
      yield data
    }
    bits.align()
    await fill()
    if (!bits.startsWith('BZh')) return // what follows the last stream is no data (bzip2 ignores it too)
  }
}

function readLevel(bits: Bits): number {
  const [b, z, h, level] = [bits.read(8), bits.read(8), bits.read(8), bits.read(8) - 48]
  if (b !== 0x42 || z !== 0x5a || h !== 0x68 || level < 1 || level > 9) throw broken('it does not begin as bzip2')
  return level
}

function broken(why: string): Fault {
  return new Fault({
    kind: 'data',
    code: 'compression.broken',
    message: `The bzip2 stream is broken: ${why}. What came before was read; deliver the complete file again.`,
  })
}

class Bits {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #value = 0
  #count = 0

  get available(): number {
    return this.#bytes.length - this.#at
  }

  push(chunk: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes.subarray(this.#at), chunk])
    this.#at = 0
  }

  /** Up to 24 bits. */
  read(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#bytes.length) throw broken('it ends too early')
      this.#value = ((this.#value << 8) | (this.#bytes[this.#at++] ?? 0)) >>> 0
      this.#count += 8
    }
    this.#count -= count
    const result = (this.#value >>> this.#count) & ((1 << count) - 1)
    this.#value &= (1 << this.#count) - 1
    return result
  }

  read32(): number {
    return ((this.read(16) << 16) | this.read(16)) >>> 0
  }

  align(): void {
    this.#at -= this.#count >> 3
    this.#count = 0
    this.#value = 0
  }

  startsWith(text: string): boolean {
    return this.#bytes.toString('latin1', this.#at, this.#at + text.length) === text
  }
}

interface Codes {
  readonly least: number
  readonly most: number
  /** Largest code of each length, and what to add to a code to find its symbol. */
  readonly limit: Int32Array
  readonly base: Int32Array
  readonly symbols: Uint16Array
}

class BlockReader {
  readonly #bits: Bits
  readonly #work: Uint32Array
  readonly #size: number

  constructor(bits: Bits, level: number) {
    this.#bits = bits
    this.#size = level * 100_000
    this.#work = new Uint32Array(this.#size)
  }

  /** The bytes of the next block; its magic number and checksum are read already. */
  read(): Uint8Array {
    const bits = this.#bits
    if (bits.read(1)) throw broken('it uses the randomised blocks of bzip2 0.9, which no longer exist')
    const origin = bits.read(24)
    const used = this.#usedBytes()
    const { tables, selectors } = this.#huffman(used.length + 2)
    const counts = new Uint32Array(256)
    const length = this.#moveToFront(used, tables, selectors, counts)
    if (origin >= length) throw broken('a block has a wrong origin')
    return unrun(this.#unsort(length, origin, counts), length)
  }

  #usedBytes(): number[] {
    const groups = this.#bits.read(16)
    const used: number[] = []
    for (let group = 0; group < 16; group++) {
      if (!(groups & (0x8000 >> group))) continue
      const members = this.#bits.read(16)
      for (let member = 0; member < 16; member++) if (members & (0x8000 >> member)) used.push(group * 16 + member)
    }
    if (used.length === 0) throw broken('a block uses no bytes')
    return used
  }

  #huffman(symbols: number): { tables: Codes[]; selectors: Uint8Array } {
    const bits = this.#bits
    const count = bits.read(3)
    const selectors = new Uint8Array(bits.read(15))
    if (count < 2 || count > 6 || selectors.length === 0) throw broken('a block has no code tables')
    const order = [0, 1, 2, 3, 4, 5].slice(0, count)
    for (let index = 0; index < selectors.length; index++) {
      let place = 0
      while (bits.read(1)) if (++place >= count) throw broken('a selector is out of range')
      const [table = 0] = order.splice(place, 1)
      order.unshift(table)
      selectors[index] = table
    }
    return { tables: Array.from({ length: count }, () => codesOf(this.#lengths(symbols))), selectors }
  }

  #lengths(symbols: number): Uint8Array {
    const bits = this.#bits
    const lengths = new Uint8Array(symbols)
    let length = bits.read(5)
    for (let symbol = 0; symbol < symbols; symbol++) {
      for (;;) {
        if (length < 1 || length > 20) throw broken('a code has a wrong length')
        if (!bits.read(1)) break
        length += bits.read(1) ? -1 : 1
      }
      lengths[symbol] = length
    }
    return lengths
  }

  #moveToFront(used: number[], tables: Codes[], selectors: Uint8Array, counts: Uint32Array): number {
    const work = this.#work
    const front = Uint8Array.from(used)
    const endOfBlock = used.length + 1
    let length = 0
    let selector = 0
    let left = 0
    let codes = tables[0]!
    let run = 0
    let runBit = 1
    for (;;) {
      if (left === 0) {
        if (selector >= selectors.length) throw broken('a block has too few selectors')
        codes = tables[selectors[selector++]!]!
        left = 50
      }
      left--
      const symbol = this.#symbol(codes)
      if (symbol <= 1) {
        run += runBit << symbol
        runBit *= 2
        if (run > this.#size) throw broken('a run is longer than its block')
        continue
      }
      if (run > 0) {
        if (length + run > this.#size) throw broken('a block is longer than it may be')
        work.fill(front[0]!, length, length + run)
        counts[front[0]!]! += run
        length += run
        run = 0
        runBit = 1
      }
      if (symbol === endOfBlock) return length
      const place = symbol - 1
      const byte = front[place]!
      front.copyWithin(1, 0, place)
      front[0] = byte
      if (length >= this.#size) throw broken('a block is longer than it may be')
      work[length++] = byte
      counts[byte]!++
    }
  }

  #symbol({ least, most, limit, base, symbols }: Codes): number {
    let code = this.#bits.read(least)
    for (let length = least; ;) {
      if (code <= limit[length]!) return symbols[code + base[length]!]!
      if (++length > most) throw broken('a code is unknown')
      code = (code << 1) | this.#bits.read(1)
    }
  }

  /** Inverse Burrows-Wheeler transform: the low byte of each entry of the work space is the byte, the rest its successor. */
  #unsort(length: number, origin: number, counts: Uint32Array): Uint8Array {
    const work = this.#work
    const starts = new Uint32Array(256)
    for (let byte = 0, sum = 0; byte < 256; sum += counts[byte++]!) starts[byte] = sum
    for (let index = 0; index < length; index++) {
      const byte = work[index]! & 0xff
      work[starts[byte]!++]! |= index << 8
    }
    const bytes = new Uint8Array(length)
    for (let index = 0, at = work[origin]! >>> 8; index < length; index++) {
      const entry = work[at]!
      bytes[index] = entry & 0xff
      at = entry >>> 8
    }
    return bytes
  }
}

function codesOf(lengths: Uint8Array): Codes {
  const least = Math.min(...lengths)
  const most = Math.max(...lengths)
  const symbols = new Uint16Array(lengths.length)
  const limit = new Int32Array(most + 2).fill(-1)
  const base = new Int32Array(most + 2)
  let code = 0
  let index = 0
  for (let length = least; length <= most; length++) {
    base[length] = index - code
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === length) {
        symbols[index++] = symbol
        code++
      }
    limit[length] = code - 1
    code <<= 1
  }
  return { least, most, limit, base, symbols }
}

/** Undoes the first step of the compression: four equal bytes are followed by a count of more. */
function unrun(bytes: Uint8Array, length: number): Uint8Array {
  let size = 0
  for (let pass = 0, out = new Uint8Array(0); ; pass++) {
    let same = 0
    let previous = -1
    size = 0
    for (let index = 0; index < length; index++) {
      const byte = bytes[index]!
      if (same === 4) {
        if (pass === 1) out.fill(previous, size, size + byte)
        size += byte
        same = 0
        previous = -1
        continue
      }
      same = byte === previous ? same + 1 : 1
      previous = byte
      if (pass === 1) out[size] = byte
      size++
    }
    if (pass === 1) return out
    out = new Uint8Array(size)
  }
}

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc >>> 0
})

function blockCrc(data: Uint8Array): number {
  let crc = 0xffffffff
  for (let index = 0; index < data.length; index++) crc = (crc << 8) ^ crcTable[((crc >>> 24) ^ data[index]!) & 0xff]!
  return ~crc >>> 0
}
