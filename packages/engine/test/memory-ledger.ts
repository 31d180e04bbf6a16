import { Fault, type Json, type Token } from '@leat/connector-kit'
import {
  chooseNexset,
  mergeSchema,
  type Claim,
  type FollowerRef,
  type IngestCommit,
  type Ledger,
  type NewQuarantine,
  type NewSegment,
  type NexsetHead,
  type SegmentRef,
  type StagedToken,
  type WorkMetrics,
} from '../src/index.ts'

interface Nexset {
  head: NexsetHead
  segments: SegmentRef[]
}

/** The ledger in memory, for tests of the engine alone. The real one is tested against PostgreSQL in the control plane. */
export class MemoryLedger implements Ledger {
  readonly nexsets = new Map<number, Nexset>()
  readonly quarantine: NewQuarantine[] = []
  readonly metrics: WorkMetrics[] = []
  readonly checkpoints = new Map<number, { checkpoint: Json; done: boolean }>()
  readonly claims = new Map<string, { epoch: number; cursor: number }>()
  readonly tokens: (StagedToken & { sinkId: number; settled: boolean })[] = []
  readonly unitEpochs = new Map<number, number>()
  /** Segments that one step of a follower takes at most. */
  stepLimit = Number.POSITIVE_INFINITY
  #nextId = 1

  /** Everything, as JSON. */
  dump() {
    return {
      nexsets: [...this.nexsets],
      quarantine: this.quarantine,
      metrics: this.metrics,
      checkpoints: [...this.checkpoints],
      claims: [...this.claims],
      tokens: this.tokens,
      unitEpochs: [...this.unitEpochs],
      nextId: this.#nextId,
    }
  }

  restore(dump: ReturnType<MemoryLedger['dump']>): void {
    for (const [id, nexset] of dump.nexsets) this.nexsets.set(id, nexset)
    this.quarantine.push(...dump.quarantine)
    this.metrics.push(...dump.metrics)
    for (const [id, checkpoint] of dump.checkpoints) this.checkpoints.set(id, checkpoint)
    for (const [key, claim] of dump.claims) this.claims.set(key, claim)
    this.tokens.push(...dump.tokens)
    for (const [id, epoch] of dump.unitEpochs) this.unitEpochs.set(id, epoch)
    this.#nextId = dump.nextId
  }

  async nexsetsOf(): Promise<readonly NexsetHead[]> {
    return [...this.nexsets.values()].map((nexset) => nexset.head)
  }

  async commitIngest(commit: IngestCommit): Promise<{ nexsetIds: readonly number[] }> {
    for (const { unitId, epoch } of commit.progress) if (epoch < (this.unitEpochs.get(unitId) ?? 0)) throw fenced()
    const ids: number[] = []
    for (const { nexset, segments } of commit.outputs) {
      const shape = segments[0]!.schema
      const existing =
        'id' in nexset ? nexset.id : (chooseNexset(await this.nexsetsOf(), shape, nexset.create.once)?.id ?? null)
      const id = existing ?? this.addNexset('create' in nexset ? nexset.create.name : '')
      this.append(id, segments, commit.runId)
      ids.push(id)
    }
    for (const { unitId, checkpoint, done } of commit.progress) this.checkpoints.set(unitId, { checkpoint, done })
    this.quarantine.push(...commit.quarantine)
    this.metrics.push(commit.metrics)
    return { nexsetIds: ids }
  }

  addNexset(name: string): number {
    const id = this.#nextId++
    this.nexsets.set(id, { head: { id, name, schema: null }, segments: [] })
    return id
  }

  append(id: number, segments: readonly NewSegment[], runId: number): void {
    const nexset = this.nexsets.get(id)!
    for (const segment of segments) {
      const seq = nexset.segments.length + 1
      nexset.segments.push({
        ...segment,
        id: this.#nextId++,
        nexsetId: id,
        seq,
        lastSeq: seq,
        runId,
        createdAt: '2026-02-03T04:05:06Z',
      })
      nexset.head = { ...nexset.head, schema: mergeSchema(nexset.head.schema, segment.schema) }
    }
  }

  async claim(follower: FollowerRef): Promise<Claim> {
    const key = `${follower.kind}-${follower.id}`
    const claim = this.claims.get(key) ?? { epoch: 0, cursor: 0 }
    claim.epoch++
    this.claims.set(key, claim)
    return { ...claim }
  }

  async segmentsAfter(nexsetId: number, cursor: number, limit: number): Promise<readonly SegmentRef[]> {
    return this.nexsets
      .get(nexsetId)!
      .segments.filter((segment) => segment.lastSeq > cursor)
      .slice(0, Math.min(limit, this.stepLimit))
  }

  async nexset(id: number): Promise<NexsetHead> {
    return this.nexsets.get(id)!.head
  }

  async commitDerive(commit: Parameters<Ledger['commitDerive']>[0]): Promise<void> {
    const claim = this.claims.get(`data_set-${commit.nexsetId}`)!
    if (claim.epoch !== commit.epoch) throw fenced()
    this.append(commit.nexsetId, commit.segments, commit.runId)
    this.quarantine.push(...commit.quarantine)
    this.metrics.push(commit.metrics)
    claim.cursor = commit.upTo
  }

  async staged(sinkId: number): Promise<readonly StagedToken[]> {
    return this.tokens.filter((token) => token.sinkId === sinkId && !token.settled)
  }

  async stage(stage: Parameters<Ledger['stage']>[0]): Promise<StagedToken> {
    if (this.claims.get(`data_sink-${stage.sinkId}`)!.epoch !== stage.epoch) throw fenced()
    const token = {
      id: this.#nextId++,
      sinkId: stage.sinkId,
      token: JSON.parse(JSON.stringify(stage.token)) as Token,
      upTo: stage.upTo,
      settled: false,
    }
    this.tokens.push(token)
    this.quarantine.push(...stage.quarantine)
    this.metrics.push(stage.metrics)
    return token
  }

  async discard(sinkId: number, tokenId: number): Promise<void> {
    const index = this.tokens.findIndex((token) => token.id === tokenId && token.sinkId === sinkId && !token.settled)
    if (index >= 0) this.tokens.splice(index, 1)
  }

  async settle(sinkId: number, tokenId: number): Promise<void> {
    const token = this.tokens.find((candidate) => candidate.id === tokenId)!
    token.settled = true
    const claim = this.claims.get(`data_sink-${sinkId}`)!
    claim.cursor = Math.max(claim.cursor, token.upTo)
  }
}

function fenced(): Fault {
  return new Fault({ kind: 'fenced', code: 'ledger.fenced', message: 'A later worker has taken over.' })
}
