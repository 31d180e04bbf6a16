import type {
  DryRequest,
  Json,
  JsonObject,
  Part,
  ReadRequest,
  SourceSession,
  Unit,
  UnitsRequest,
  Verdict,
} from '@leat/connector-kit'
import { buildDraft } from '../draft.ts'
import type { Page } from '../page.ts'
import type { Requester } from '../requester.ts'
import type { Scope } from '../templates.ts'
import { Chain, isStale, type Output, type Position } from './chain.ts'
import { Concealment } from './concealment.ts'
import { dryRun } from './dry-run.ts'
import { planOf, type Plan, type Step } from './plan.ts'
import { readAhead } from './read-ahead.ts'
import { partOf } from './part-of.ts'
import { requirePlaceholders } from './require-placeholders.ts'
import { Tally } from './tally.ts'
import { canAskForChanges, validatorsOf, type Validators } from './validators.ts'

export interface RestSourceSettings {
  readonly options: JsonObject
  readonly requester: (plan: Plan) => Requester
  readonly concealment: Concealment
  readonly credential: Scope['credential']
  readonly lookup?: Scope['lookup']
  /** Gets a token where requests carry one: stored places may name it. */
  readonly haveToken: (signal: AbortSignal) => Promise<void>
  /** Names of the headers that the credential adds, and its `auth.type`: for dry runs. */
  readonly shown: { readonly credentialHeaders: readonly string[]; readonly authentication: string }
}

/** What is stored with a page: where to go on, and the moment that the whole chain is about. */
interface Checkpoint extends JsonObject {
  readonly plan: string
  readonly since: string
  readonly now: string
  readonly tally: JsonObject
  /** Null: everything was read. */
  readonly at: Position | null
  /** Where the whole was one answer: by what a later run asks whether it still holds. */
  readonly validators: Validators | null
}

/** A session over an API: one unit, whose parts are the pages. */
export class RestSource implements SourceSession {
  readonly #settings: RestSourceSettings
  readonly #plan: Plan
  readonly #requester: Requester

  constructor(settings: RestSourceSettings) {
    this.#settings = settings
    this.#plan = planOf(settings.options)
    this.#requester = settings.requester(this.#plan)
  }

  /** The one chain, from where it was left. Throws when a placeholder has no value or a lookup cannot be read, before anything is asked. */
  async *units({ since, signal }: UnitsRequest): AsyncIterable<Unit> {
    signal.throwIfAborted()
    const now = new Date().toISOString()
    const last = since === undefined ? this.#plan.firstSuccessAt : new Date(since).toISOString()
    const base = this.#base(last, now)
    requirePlaceholders(this.#plan, base)
    const scopeOf = ({ dateFormat, dateUnit }: Step): Scope => ({ ...base, steps: new Map(), dateFormat, dateUnit })
    for (const step of this.#plan.steps) await step.iteration.open?.(scopeOf(step), null)
    const [step] = this.#plan.steps as readonly [Step]
    const scope = scopeOf(step)
    const draft = buildDraft(step.request, step.iteration.scope?.(scope, null) ?? scope)
    const key = this.#settings.concealment.mask(`${draft.url.origin}${draft.url.pathname}`)
    // Each run after a success reads everything again; a run after a failure goes on where that one ended. Without a version the checkpoint of a
    // success comes back as well.
    const version = canAskForChanges(this.#plan) ? null : last
    yield { key, version, bytes: 0, payload: { since: last, now } }
  }

  async *read(unit: Unit, { checkpoint, signal }: ReadRequest): AsyncIterable<Part> {
    if (Concealment.needsToken(checkpoint)) await this.#settings.haveToken(signal)
    const stored = this.#stored(checkpoint)
    const { since = this.#plan.firstSuccessAt, now = new Date().toISOString() } = unit.payload as Partial<Checkpoint>
    if (stored !== null && stored.at === null && stored.since === since) {
      const verdict = new Tally(stored.tally).verdict('An earlier run had read everything when it stopped.')
      return yield { kind: 'rows', origin: unit.key, rows: [], checkpoint: stored, verdict }
    }
    if (stored === null || stored.at === null) {
      const known = canAskForChanges(this.#plan) ? (stored?.validators ?? undefined) : undefined
      return yield* this.#pages({ since, now, from: null, tally: new Tally(undefined), signal, known })
    }
    const resumed = { since: stored.since, now: stored.now, from: stored.at, tally: new Tally(stored.tally), signal }
    let begun = false
    try {
      for await (const part of this.#pages(resumed)) {
        begun = true
        yield part
      }
    } catch (thrown) {
      if (begun || !isStale(thrown)) throw thrown
      const notice =
        'The service does not know the place any more at which the last reading stopped: it is read from the beginning.'
      yield* this.#pages({ since: stored.since, now, from: null, tally: new Tally(undefined), signal, notice })
    }
  }

  async dryRun({ since }: UnitsRequest): Promise<readonly DryRequest[]> {
    const last = since === undefined ? this.#plan.firstSuccessAt : new Date(since).toISOString()
    const base = this.#base(last, new Date().toISOString())
    requirePlaceholders(this.#plan, base)
    return dryRun({ plan: this.#plan, base, ...this.#settings.shown })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async *#pages(reading: {
    readonly since: string
    readonly now: string
    readonly from: Position | null
    readonly tally: Tally
    readonly signal: AbortSignal
    readonly notice?: string
    readonly known?: Validators | undefined
  }): AsyncGenerator<Part> {
    const { since, now, tally, signal, known } = reading
    const notices: string[] = reading.notice === undefined ? [] : [reading.notice]
    const chain = new Chain({
      plan: this.#plan,
      requester: this.#requester,
      base: this.#base(since, now),
      signal,
      say: (notice) => notices.push(notice),
      known,
      unchanged: (page) => (unchanged = page),
    })
    const plan = this.#plan.fingerprint
    const checkpoint = (at: Position | null, validators: Validators | null = null): Checkpoint =>
      this.#settings.concealment.hide({ plan, since, now, tally: tally.counts, at, validators })
    let ended = false
    let unchanged = null as Page | null
    for await (const output of readAhead(chain.outputs(reading.from), ({ page }) => page.body.length)) {
      tally.add(output)
      if (output.first) notices.push(...remarksOn(output))
      ended = output.after === null
      const verdict: { verdict?: Verdict } = ended ? { verdict: tally.verdict(null) } : {}
      const part = partOf(output, signal)
      const validators = output.first && ended ? validatorsOf(output.page) : null
      yield { ...part, checkpoint: checkpoint(output.after, validators), notices: notices.splice(0), ...verdict }
    }
    if (ended) return
    if (unchanged !== null) {
      const reason = `${unchanged.label} says that nothing has changed since the last run (304 Not Modified).`
      const verdict: Verdict = { outcome: 'complete', received: 0, expected: 0, reason }
      const at = checkpoint(null, known ?? null)
      yield { kind: 'rows', origin: unchanged.label, rows: [], checkpoint: at, notices: [...notices, reason], verdict }
      return
    }
    const verdict = tally.verdict(notices.at(-1) ?? null)
    const origin = this.#plan.steps.at(-1)?.request.url ?? ''
    yield { kind: 'rows', origin, rows: [], checkpoint: checkpoint(null), notices: notices.splice(0), verdict }
  }

  #base(lastSuccessAt: string, now: string): Omit<Scope, 'steps' | 'dateFormat' | 'dateUnit'> {
    const { credential, lookup } = this.#settings
    return { credential, lastSuccessAt, now: new Date(now), ...(lookup === undefined ? {} : { lookup }) }
  }

  /** A checkpoint of another config does not count. */
  #stored(checkpoint: Json): Checkpoint | null {
    if (checkpoint === null || typeof checkpoint !== 'object' || !('plan' in checkpoint)) return null
    const stored = checkpoint as Checkpoint
    return stored.plan === this.#plan.fingerprint ? this.#settings.concealment.reveal(stored) : null
  }
}

/** What was recognised on the first page, so that nobody has to guess. */
function remarksOn({ page }: Output): string[] {
  return page.shape.guess && page.path !== null ? [`The records stand at "${page.path}".`] : []
}
