/**
 * A decompressing stream that is fed piece by piece and gives out what each piece led to. Node's own reading drops what waits in its
 * buffers when the stream fails; here it is kept.
 */
export class Inflater {
  readonly #stream: NodeJS.ReadWriteStream & { destroy?(): void }
  #ready: Uint8Array[] = []
  #settle: (() => void) | null = null
  #ended = false
  /** Why nothing more can be read; null: all is well. */
  failure: Error | null = null

  constructor(stream: NodeJS.ReadWriteStream) {
    this.#stream = stream
    stream.on('data', (chunk: Uint8Array) => this.#ready.push(chunk))
    stream.on('error', (error: Error) => {
      this.failure ??= error
      this.#settle?.()
    })
    stream.on('end', () => {
      this.#ended = true
      this.#settle?.()
    })
  }

  /** Output of this piece. After the end of the compressed data, what follows is left out. */
  async write(piece: Uint8Array): Promise<readonly Uint8Array[]> {
    if (this.failure === null && !this.#ended) await this.#until((done) => this.#stream.write(piece, done))
    return this.#taken()
  }

  /** The last output. */
  async end(): Promise<readonly Uint8Array[]> {
    if (this.failure === null && !this.#ended) await this.#until(() => this.#stream.end())
    return this.#taken()
  }

  destroy(): void {
    this.#stream.destroy?.()
  }

  async #until(start: (done: () => void) => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#settle = resolve
    start(resolve)
    await promise
    this.#settle = null
  }

  #taken(): readonly Uint8Array[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }
}

/**
 * The good bytes behind the first `known` ones of damaged input: it is read again in smaller and smaller pieces, because a piece with
 * damage in it gives nothing out.
 */
export async function salvaged(
  input: readonly Uint8Array[],
  create: () => NodeJS.ReadWriteStream,
  known: number,
): Promise<readonly Uint8Array[]> {
  const bytes = Buffer.concat(input)
  let good = 0
  let output: Uint8Array[] = []
  for (const step of [4096, 64, 1]) {
    const inflater = new Inflater(create())
    output = [...(await inflater.write(bytes.subarray(0, good)))]
    while (inflater.failure === null && good < bytes.length) {
      output.push(...(await inflater.write(bytes.subarray(good, good + step))))
      if (inflater.failure === null) good += step
    }
    inflater.destroy()
  }
  const all = Buffer.concat(output)
  return all.length > known ? [all.subarray(known)] : []
}
