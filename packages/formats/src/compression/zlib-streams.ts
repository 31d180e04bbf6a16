import { createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '@leat/connector-kit'
import { Inflater, salvaged } from './inflater.ts'
import { zstdFrames } from './zstd-frames.ts'

/** Written at once: what is damaged in one write takes the good bytes of that write with it (see `salvaged`). */
const writeBytes = 128 * 1024
/** Input up to this size is kept, so that damage in it costs not one good byte. */
const keptBytes = 1 << 20

/** Bytes of gzip data, several members included. Throws a `data` fault after the good bytes. */
export function gunzip(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return through(bytes, () => createGunzip({ chunkSize: 256 * 1024 }), 'gzip')
}

/** Bytes of zstd data, several frames included. Throws a `data` fault after the good bytes. */
export async function* unzstd(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const frame of zstdFrames(bytes))
    yield* through(frame, () => createZstdDecompress({ chunkSize: 256 * 1024 }), 'zstd')
}

/** A fault of the source is not one of the compression: it passes as it is, after what was read before. */
async function* through(
  bytes: AsyncIterable<Uint8Array>,
  create: () => NodeJS.ReadWriteStream,
  name: string,
): AsyncGenerator<Uint8Array> {
  const kept: Uint8Array[] = []
  let [input, output] = [0, 0]
  const inflater = new Inflater(create())
  const taken = async (ready: Promise<readonly Uint8Array[]>): Promise<readonly Uint8Array[]> => {
    const parts = await ready
    for (const part of parts) output += part.length
    return parts
  }
  try {
    let ahead: Promise<readonly Uint8Array[]> = Promise.resolve([])
    try {
      for await (const chunk of slices(bytes)) {
        const ready = await taken(ahead)
        if (inflater.failure !== null) {
          yield* ready
          break
        }
        input += chunk.length
        if (input <= keptBytes) kept.push(Buffer.from(chunk))
        // Decompressed while the consumer is busy with what was ready before.
        ahead = inflater.write(chunk)
        yield* ready
      }
    } catch (thrown) {
      yield* await ahead
      throw thrown
    }
    yield* await taken(ahead)
    if (inflater.failure !== null && input <= keptBytes) yield* await salvaged(kept, create, output)
    if (inflater.failure === null) yield* await inflater.end()
    if (inflater.failure !== null) throw broken(name, inflater.failure)
  } finally {
    inflater.destroy()
  }
}

async function* slices(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes)
    for (let at = 0; at < chunk.length; at += writeBytes) yield chunk.subarray(at, at + writeBytes)
}

function broken(name: string, error: Error): Fault {
  return new Fault({
    kind: 'data',
    code: 'compression.broken',
    cause: error,
    message: `The ${name} data is broken: ${error.message}. What came before was read; deliver the complete file again.`,
  })
}
