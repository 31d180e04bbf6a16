import { mkdir, rename, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expireSegments } from '@leat/control-plane/work'
import { judgeFlow, localEnds, openWork, settled, startFlow, until } from '../flow.ts'
import type { Scenario } from '../scenario.ts'

/** Bad lines among good ones. */
const badLines: Scenario = {
  name: 'bad lines',
  catches: ['quarantine that swallows'],
  async run(stage) {
    const ends = localEnds(stage.cluster, stage.name)
    await stage.workers()
    const flow = await startFlow(stage.cluster, stage.name, ends, { first: { records: 300, bad: 30 } })
    await settled(stage.cluster, flow)
    return judgeFlow(stage.cluster, flow, ends)
  },
}

/** A second file with the very time of the first appears after the first was read. */
const equalTimes: Scenario = {
  name: 'files of one moment',
  catches: ['cursor that skips equal values'],
  async run(stage) {
    const { cluster, name } = stage
    const local = localEnds(cluster, name)
    const at = new Date(Date.now() - 60_000)
    const folder = join(cluster.files, name, 'in')
    const aside = join(cluster.files, name, 'aside')
    await mkdir(aside, { recursive: true })
    const ends = {
      ...local,
      put: async (file: string, content: string): Promise<void> => {
        // The time is set before the file is seen: afterwards, a listing between the two would see another version.
        await mkdir(folder, { recursive: true })
        await writeFile(join(aside, file), content)
        await utimes(join(aside, file), at, at)
        await rename(join(aside, file), join(folder, file))
      },
    }
    await stage.workers()
    const flow = await startFlow(cluster, name, ends, { first: { records: 100 } })
    await until('the first run is over', async () => (await openWork(cluster, flow)) === null)
    await flow.stream.write({ records: 100 })
    const client = await cluster.client()
    const { id } = await client.sources.run(flow.sourceId)
    await until('the second run is over', async () => (await client.runs.get(id)).status === 'DONE')
    if (stage.defect === undefined) await settled(cluster, flow)
    return judgeFlow(cluster, flow, ends)
  },
}

/** Segments pass their retention while a destination is paused. */
const retention: Scenario = {
  name: 'retention behind a paused destination',
  catches: ['retention that removes too early'],
  async run(stage) {
    const { cluster, name } = stage
    const ends = localEnds(cluster, name)
    await stage.workers()
    const flow = await startFlow(cluster, name, ends, { first: { records: 200 } })
    await settled(cluster, flow)
    const client = await cluster.client()
    await client.destinations.pause(flow.plainSinkId)
    await flow.stream.write({ records: 200 })
    await client.sources.run(flow.sourceId)
    const pool = cluster.database.pool
    await until('the second file is read', async () => {
      const { rows } = await pool.query(`select 1 from unit where data_source_id = $1 and status = 'DONE'`, [
        flow.sourceId,
      ])
      return rows.length === 2
    })
    await pool.query(`update segment set created_at = now() - interval '30 days' where data_set_id = $1`, [
      flow.nexsetId,
    ])
    if (stage.defect === 'retention that removes too early') {
      await pool.query(
        `delete from segment g using data_set d where d.id = g.data_set_id and d.id = $1 and g.created_at < now() - make_interval(days => d.retention_days)`,
        [flow.nexsetId],
      )
    } else await expireSegments(cluster.database.db)
    await client.destinations.activate(flow.plainSinkId)
    if (stage.defect === undefined) await settled(cluster, flow)
    else
      await until('the run is over', async () => (await openWork(cluster, flow))?.includes(' 0 runs going') !== false)
    return judgeFlow(cluster, flow, ends)
  },
}

/** The source is paused, resumed and edited, again and again, while its files are read; some files bring a new field. */
const edits: Scenario = {
  name: 'pause, resume, edit and a new field in the middle',
  async run(stage) {
    const { cluster, name, random } = stage
    const ends = localEnds(cluster, name)
    await Promise.all([stage.workers(), stage.workers()])
    const flow = await startFlow(cluster, name, ends, { cron: '* * * * * ?', first: { records: 100, bad: 1 } })
    const client = await cluster.client()
    const { config } = ends.source
    for (let round = 0; round < 6; round++) {
      for (let file = 0; file < 3; file++)
        await flow.stream.write({ records: 100 + Math.floor(random() * 400), bad: 1, withExtra: round > 2 })
      const dice = random()
      if (dice < 0.4) {
        await client.sources.pause(flow.sourceId)
        await client.sources.activate(flow.sourceId)
      } else if (dice < 0.8) {
        await client.sources.update(flow.sourceId, {
          source_config: { ...config, 'start.cron': '* * * * * ?', 'ignore.files.older.than.ms': 86_400_000 + round },
        } as never)
      } else {
        await client.destinations.pause(flow.sinkId)
        await client.destinations.activate(flow.sinkId)
      }
    }
    await settled(cluster, flow)
    await client.sources.pause(flow.sourceId)
    return judgeFlow(cluster, flow, ends)
  },
}

export const changes: readonly Scenario[] = [badLines, equalTimes, retention, edits]
