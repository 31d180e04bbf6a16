import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isMissing, peer } from './peer.ts'

const found = await peer('fakesnow')
const parser = await peer('sqlglot')

if (isMissing(found)) test('fakesnow', { skip: found.missing })
else {
  const server = await found.start({ schemas: ['RAW.STAGING', 'RAW.OTHER'] })
  after(() => server.stop())

  test('what is set up in its SQL is found by the independent query, exactly', async () => {
    await server.execute('CREATE TABLE RAW.STAGING.T (A NUMBER(38,0), B NUMBER(9,2))')
    await server.execute('INSERT INTO RAW.STAGING.T VALUES (9007199254740993, 1.10)')
    assert.deepEqual(await server.query('SELECT A, B FROM RAW.STAGING.T'), [{ A: '9007199254740993', B: '1.10' }])
    await assert.rejects(server.query('SELECT * FROM RAW.STAGING.NOPE'), /NOPE/)
  })

  test('a wrong password is refused as the service refuses it', async () => {
    const login = (password: string): Promise<Response> =>
      fetch(`${server.accessUrl}/session/v1/login-request`, {
        method: 'POST',
        body: JSON.stringify({ data: { LOGIN_NAME: server.user, PASSWORD: password, SESSION_PARAMETERS: {} } }),
      })
    assert.equal(((await (await login('wrong')).json()) as { code: string }).code, '390100')
    assert.equal(((await (await login(server.password)).json()) as { success: boolean }).success, true)
  })

  test('the control routes want their secret', async () => {
    const answer = await fetch(`${server.accessUrl}/control/query`, { method: 'POST', body: '{"sql":"SELECT 1"}' })
    assert.equal(answer.status, 401)
  })
}

if (isMissing(parser)) test('sqlglot', { skip: parser.missing })
else
  test('sqlglot tells what it does not understand', async () => {
    const sql = parser.start()
    after(() => sql.stop())
    assert.equal(
      await sql.problem('snowflake', 'MERGE INTO T USING S ON T.A = S.A WHEN MATCHED THEN UPDATE SET B = S.B'),
      null,
    )
    assert.match((await sql.problem('snowflake', 'SELECT FROM WHERE')) ?? '', /Error/)
    assert.match((await sql.problem('snowflake', 'VACUUM FULL T')) ?? '', /not understood|Error/)
    assert.match((await sql.problem('snowflake', 'SELECT 1; SELECT 2')) ?? '', /2 statements/)
  })
