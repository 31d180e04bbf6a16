import { startPlatform } from '../tools/platform.ts'
import { runFlow, startS3, uploadFolder, baseline } from './flow.ts'
import { NexlaClient } from '@leat/sdk'
await using stack = new AsyncDisposableStack()
const s3 = stack.adopt(await startS3(), (s) => s.stop())
const folder = '/tmp/x/benchorders'
import { existsSync } from 'node:fs'
import { writeOrders } from './orders.ts'
if (!existsSync(folder)) await writeOrders(folder, 1_000_000, 20)
await uploadFolder(s3, folder, 'bench', 'orders/')
const platform = stack.use(await startPlatform({ env: { LEAT_LOG: 'debug' } }))
for (let i = 0; i < Number(process.argv[2] ?? 3); i++) {
  const base = await baseline('duckdb-baseline.ts', [folder, '/tmp/x/floor.parquet'])
  const cpu0 = await cpus()
  const s = await runFlow(platform, s3, 'bench/orders/', `bench/out-${i}/`, 1_000_000)
  const cpu1 = await cpus()
  console.log(i, 'leat', s.toFixed(2), 'duckdb', base.toFixed(2), 'ratio', (s / base).toFixed(2), 'cpu by process', JSON.stringify(diff(cpu0, cpu1)))
  const client = new NexlaClient({ service_key: platform.serviceKey, base_url: platform.url })
  const runs = await client.runs.list({}); const r = await client.runs.get(runs[0]!.id) as any
  console.log(JSON.stringify(r.metrics ?? r).slice(0, 1500))
}
import { readdir, readFile, copyFile } from 'node:fs/promises'
async function cpus() { const m: Record<string, number> = {}; for (const p of await readdir('/proc')) { if (!/^\d+$/.test(p)) continue; const st = await readFile(`/proc/${p}/stat`, 'utf8').catch(() => ''); if (!st) continue; const f = st.slice(st.lastIndexOf(')') + 2).split(' '); if ((await readFile(`/proc/${p}/cmdline`,'utf8').catch(()=>'')).includes('worker-main')) { for (const t of await readdir(`/proc/${p}/task`).catch(()=>[])) { const ts=await readFile(`/proc/${p}/task/${t}/stat`,'utf8').catch(()=>''); if(!ts) continue; const tf=ts.slice(ts.lastIndexOf(')')+2).split(' '); const name='t:'+ts.slice(ts.indexOf('(')+1,ts.lastIndexOf(')')); m[name]=(m[name]??0)+(Number(tf[11])+Number(tf[12]))/100 } }
 const cmd = (await readFile(`/proc/${p}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' '); const k = cmd.includes('worker-main') ? 'worker ' + p : cmd.includes('main.ts start') ? 'server' : cmd.includes('versitygw') ? 's3 '+p : cmd.includes('postgres') ? 'postgres' : cmd.includes('bench/try') ? 'bench' : 'other'; m[k] = (m[k] ?? 0) + (Number(f[11]) + Number(f[12])) / 100 } return m }
function diff(a: Record<string, number>, b: Record<string, number>) { return Object.fromEntries(Object.entries(b).map(([k, v]) => [k, +(v - (a[k] ?? 0)).toFixed(2)]).filter(([, v]) => (v as number) > 0.05)) }
await copyFile(platform.data + '/server.log', '/tmp/x/server.log')
