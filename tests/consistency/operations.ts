import type { Cluster } from './cluster.ts'

/** What the caller knows of a request: it was answered, it was refused, or nobody knows. */
type Knowledge = 'done' | 'refused' | 'unknown'

/**
 * Requests to the API while processes die. None is repeated: an answer is a promise, a refusal is one too, and a request without an answer may
 * or may not have happened, but not twice.
 */
export class Operations {
  readonly #cluster: Cluster
  readonly #random: () => number
  readonly #creates: { readonly name: string; readonly known: Knowledge }[] = []
  readonly #writes: { readonly value: number; readonly known: Knowledge }[] = []
  #token = ''
  #register = 0
  #next = 0

  constructor(cluster: Cluster, random: () => number) {
    this.#cluster = cluster
    this.#random = random
  }

  get counts(): Readonly<Record<Knowledge, number>> {
    const all = [...this.#creates, ...this.#writes]
    const of = (known: Knowledge): number => all.filter((one) => one.known === known).length
    return { done: of('done'), refused: of('refused'), unknown: of('unknown') }
  }

  async start(): Promise<void> {
    this.#token = await (await this.#cluster.client()).getAccessToken()
    const [, body] = await this.#send('POST', '/data_sources', sourceNamed('register'))
    this.#register = (body as { id: number }).id
  }

  /** One request to some server: a new source, or the next value of a field. */
  async once(): Promise<void> {
    const value = ++this.#next
    if (this.#random() < 0.5) {
      const name = `created ${value}`
      const [known] = await this.#send('POST', '/data_sources', sourceNamed(name))
      this.#creates.push({ name, known })
    } else {
      const [known] = await this.#send('PUT', `/data_sources/${this.#register}`, { description: String(value) })
      this.#writes.push({ value, known })
    }
  }

  /** What is not as the answers said. */
  async findings(): Promise<readonly string[]> {
    const { rows } = await this.#cluster.database.pool.query(
      `select name, count(*)::int as times from data_source where name like 'created %' group by name`,
    )
    const times = new Map((rows as { name: string; times: number }[]).map((row) => [row.name, row.times]))
    const found: string[] = []
    for (const { name, known } of this.#creates) {
      const is = times.get(name) ?? 0
      if (known === 'done' && is !== 1) found.push(`the source "${name}" was answered and is there ${is} times`)
      if (known === 'refused' && is !== 0) found.push(`the source "${name}" was refused and is there`)
      if (known === 'unknown' && is > 1) found.push(`the source "${name}" was sent once and is there ${is} times`)
    }
    const register = await this.#cluster.database.pool.query('select description from data_source where id = $1', [
      this.#register,
    ])
    const value = Number((register.rows[0] as { description: string | null } | undefined)?.description ?? 0)
    const last = this.#writes.findLast(({ known }) => known === 'done')?.value ?? 0
    const written = this.#writes.find((write) => write.value === value)
    if (value < last || (value > 0 && (written === undefined || written.known === 'refused')))
      found.push(`a field holds ${value}; the last answered write was ${last}`)
    return found
  }

  async #send(method: string, path: string, body: object): Promise<[Knowledge, unknown]> {
    try {
      const index = Math.floor(this.#random() * this.#cluster.serverCount)
      const response = await fetch(`${this.#cluster.address(index)}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      })
      const answer = await response.json().catch(() => null)
      return [response.ok ? 'done' : response.status < 500 ? 'refused' : 'unknown', answer]
    } catch (error) {
      const cause = (error as { cause?: { code?: string } }).cause
      return [cause?.code === 'ECONNREFUSED' ? 'refused' : 'unknown', null]
    }
  }
}

function sourceNamed(name: string): object {
  return { name, source_type: 'local_file', source_config: { path: 'nowhere' } }
}
