import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Platform } from '../platform.ts'
import { prometheusText } from './prometheus.ts'

/** What whoever puts the server together adds to health and metrics. */
export interface OperationsHooks {
  /** Further things that must work before the server takes requests; false with a reason while one does not. */
  readonly ready?: () => Promise<readonly { readonly name: string; readonly ok: boolean; readonly message?: string }[]>
  /** Jobs waiting per queue. */
  readonly queueDepths?: () => Promise<Readonly<Record<string, number>>>
}

/** Health, metrics and the page at `/`; no token needed, and nothing of any organisation in them. */
export function addOperationsPages(app: FastifyInstance, platform: Platform, hooks: OperationsHooks): void {
  app.get('/health/live', async () => ({ status: 'ok' }))
  app.get('/health/ready', async (_request, reply) => {
    const checks = [await databaseCheck(platform), ...((await hooks.ready?.()) ?? [])]
    const ok = checks.every((check) => check.ok)
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ok' : 'unavailable', checks })
  })
  app.get('/metrics', async (_request, reply) =>
    reply
      .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      .send(await prometheusText(platform.db, (await hooks.queueDepths?.()) ?? {})),
  )
  if (!app.hasRoute({ method: 'GET', url: '/' }))
    app.get('/', async (_request, reply) =>
      reply
        .header('content-type', 'text/html; charset=utf-8')
        .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        .send(frontPage),
    )
}

async function databaseCheck(platform: Platform) {
  const ok = await sql`select 1`.execute(platform.db).then(
    () => true,
    () => false,
  )
  return { name: 'database', ok, ...(ok ? {} : { message: 'PostgreSQL does not answer.' }) }
}

const frontPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Leat</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:4rem auto;padding:0 1rem;color:#1c2733}code{background:#eef2f5;padding:.1em .3em;border-radius:3px}</style></head>
<body><h1>Leat</h1>
<p>This server moves data between systems: credentials, sources, nexsets, transforms and destinations, over a REST API.</p>
<ul>
<li>API: <a href="/api/openapi.json"><code>/api</code></a> (OpenAPI 3.1 in <code>/api/openapi.json</code>; the base URL for clients is this address with <code>/api</code>)</li>
<li>Your service key is in the file <code>service-key</code> of the data folder. Exchange it with <code>POST /api/token</code>.</li>
<li>Health: <a href="/health/live"><code>/health/live</code></a>, <a href="/health/ready"><code>/health/ready</code></a>. Metrics: <a href="/metrics"><code>/metrics</code></a></li>
</ul></body></html>
`
