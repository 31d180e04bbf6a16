import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ProblemBody, Sink } from '@leat/contract'
import { TestApi } from './api-fixture.ts'

let api: TestApi
before(async () => {
  api = await TestApi.start({ uploadLimit: 1000 })
})
after(() => api.stop())

test('PROMISE-NO-LOOP: a destination inside of the folder that its own source reads is refused at activation, with both paths', async () => {
  const { credential, child } = await api.flow()
  const makeSink = async (path: string): Promise<number> => {
    const body = {
      name: 'Back',
      sink_type: 's3',
      data_credentials_id: credential,
      data_set_id: child,
      sink_config: { path, data_format: 'json' },
    }
    return (await api.call<Sink>('POST', '/data_sinks', { body })).body.id
  }
  for (const path of ['raw/orders', 's3://raw/orders/out/', '/raw//orders/out']) {
    const sink = await makeSink(path)
    const refused = await api.call<ProblemBody>('PUT', `/data_sinks/${sink}/activate`)
    assert.equal(refused.status, 400, path)
    assert.equal(refused.body.details[0]?.field, 'sink_config.path')
    assert.match(refused.body.details[0]?.message ?? '', /"raw\/orders".*blacklist\.pathmatchers/)
    assert.equal((await api.call<Sink>('GET', `/data_sinks/${sink}`)).body.status, 'INIT')
  }
  for (const path of ['raw/orders-out', 'other/orders']) {
    const sink = await makeSink(path)
    assert.equal((await api.call('PUT', `/data_sinks/${sink}/activate`)).status, 200, path)
  }
})
