/** CRC-32C (Castagnoli), eight bytes per step. */
const tables = makeTables()

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    first[byte] = crc >>> 0
  }
  const all = [first]
  for (let index = 1; index < 8; index++)
    all.push(
      first.map((_, byte) => {
        const previous = all[index - 1]?.[byte] ?? 0
        return ((previous >>> 8) ^ (first[previous & 0xff] ?? 0)) >>> 0
      }),
    )
  return all
}

export function crc32c(data: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ]
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  let crc = 0xffffffff
  let at = 0
  for (; at + 8 <= data.length; at += 8) {
    const low = (view.getUint32(at, true) ^ crc) >>> 0
    const high = view.getUint32(at + 4, true)
    crc =
      t7[low & 0xff]! ^
      t6[(low >>> 8) & 0xff]! ^
      t5[(low >>> 16) & 0xff]! ^
      t4[low >>> 24]! ^
      t3[high & 0xff]! ^
      t2[(high >>> 8) & 0xff]! ^
      t1[(high >>> 16) & 0xff]! ^
      t0[high >>> 24]!
  }
  for (; at < data.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ data[at]!) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}

/** As the snappy framing format stores it: rotated and offset. */
export function maskedCrc32c(data: Uint8Array): number {
  const crc = crc32c(data)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
