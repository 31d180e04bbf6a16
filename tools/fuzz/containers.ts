import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib'

export interface ZipEntry {
  readonly name: string
  readonly data: Buffer
  /** What the directory claims instead of the truth. Flags: 0x800, names are UTF-8. */
  readonly claims?: { readonly size?: number; readonly crc?: number; readonly flags?: number }
}

/** A zip archive as APPNOTE 6.3 describes it: local headers, data, central directory. */
export function zip(entries: readonly ZipEntry[], level = 6): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name, data, claims = {} } of entries) {
    const body = deflateRawSync(data, { level })
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(claims.flags ?? 0x800, 2)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(claims.crc ?? crc32(data), 10)
    common.writeUInt32LE(body.length, 14)
    common.writeUInt32LE(claims.size ?? data.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), body])
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, Buffer.from(name)]))
    parts.push(local)
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(entries.length, 8)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, central, end])
}

export const compressors = {
  gz: (data: Buffer) => gzipSync(data, { level: 1 }),
  zst: (data: Buffer) => zstdCompressSync(data),
} as const

export type Compressor = keyof typeof compressors

/** The same data as several members or frames behind each other, as `cat a.gz b.gz` makes them. */
export function members(data: Buffer, how: Compressor, cuts: readonly number[]): Buffer {
  const places = [0, ...cuts.toSorted((a, b) => a - b), data.length]
  return Buffer.concat(places.slice(1).map((to, at) => compressors[how](data.subarray(places[at], to))))
}

/** Text in another encoding, with its byte order mark. */
export function encoded(text: string, encoding: 'utf16le' | 'utf16be' | 'utf8'): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, encoding === 'utf8' ? 'utf8' : 'utf16le')
  return encoding === 'utf16be' ? bytes.swap16() : bytes
}
