import { writeFileSync } from 'node:fs'
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { configJsonSchema, loadConfig, parseConfig } from '../shared/config.ts'
import { isKeyferryError } from '../shared/core/errors.ts'
import { temporaryDirectory } from './local/temporary-directory.ts'

const APP = {
  name: 'app',
  secret: 'projects/demo/secrets/aws-app',
  roleArn: 'arn:aws:iam::123456789012:role/app',
}

describe('a configuration document', () => {
  it('gives its targets, with every default filled in', () => {
    expect(parseConfig({ targets: [APP] })).toEqual({
      targets: [{ ...APP, durationSeconds: 3600, everySeconds: 300, refreshAfterSeconds: 1200 }],
    })
  })

  it('may have every field of the contract, and name its schema', () => {
    const whole = {
      ...APP,
      audience: 'sts.amazonaws.com',
      region: 'eu-central-1',
      durationSeconds: 3600,
      everySeconds: 120,
      refreshAfterSeconds: 900,
      sessionName: 'ferry',
      policy: '{"Version":"2012-10-17"}',
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      chain: [{ roleArn: 'arn:aws:iam::123456789012:role/next', externalId: 'deal' }],
      serviceAccount: 'broker@demo.iam.gserviceaccount.com',
      accountId: '123456789012',
    }
    expect(parseConfig({ $schema: './config.schema.json', targets: [whole] })).toEqual({ targets: [whole] })
  })

  it('may hold a session policy as JSON itself', () => {
    const { targets } = parseConfig({ targets: [{ ...APP, policy: { Version: '2012-10-17' } }] })
    expect(targets[0]?.policy).toBe('{"Version":"2012-10-17"}')
  })

  it('is refused with every problem at once, each with the path to its field', () => {
    const problems = problemsOf({
      targets: [
        { ...APP, durationSeconds: '1h', roleArn: 'app' },
        { name: 'next', secret: 's', chain: [{ externalId: 'x' }] },
      ],
    })
    expect(problems).toEqual([
      'targets[0].durationSeconds must be of type number, got "1h"',
      'targets[1].roleArn is missing',
      'targets[1].chain[0].roleArn is missing',
      'targets[0].roleArn must be a role ARN (arn:aws:iam::123456789012:role/NAME), got "app"',
      'targets[1].secret must be projects/P/secrets/S, or projects/P/locations/L/secrets/S, got "s"',
    ])
  })

  it('is refused for a field that it does not know, with the one that was meant', () => {
    expect(
      problemsOf({
        targets: [{ ...APP, everySecond: 60, chain: [{ roleArn: APP.roleArn, externalID: 'xx' }] }],
        target: [],
      }),
    ).toEqual([
      'targets[0].chain[0].externalID is not a known field: did you mean "externalId"?',
      'targets[0].everySecond is not a known field: did you mean "everySeconds"?',
      'target is not a known field: did you mean "targets"?',
    ])
  })

  it('is refused where two targets share a name or a secret', () => {
    expect(problemsOf({ targets: [APP, APP] })).toEqual([
      'targets[1].name is also the name of targets[0]: app',
      'targets[1].secret is also the secret of targets[0]: projects/demo/secrets/aws-app',
    ])
  })

  it.each([
    [undefined, 'the document is missing'],
    ['app', 'the document must be of type object, got "app"'],
    [{}, 'targets is missing'],
    [{ targets: {} }, 'targets must be of type array, got {}'],
    [{ targets: [] }, 'targets is empty'],
    [{ targets: [null] }, 'targets[0] must be of type object, got null'],
    [{ targets: [{ ...APP, policy: 5 }] }, 'targets[0].policy must be of type JSON object or string, got 5'],
  ])('of another shape is refused: %j', (document, problem) => {
    expect(problemsOf(document)).toEqual([problem])
  })

  it('is refused where its schedule cannot keep its promise', () => {
    expect(problemsOf({ targets: [{ ...APP, everySeconds: 900 }] })).toEqual([
      expect.stringMatching(/^targets\[0\]\.everySeconds cannot keep its promise: .* to \d+ or less/),
    ])
  })
})

describe('the environment', () => {
  const inline = JSON.stringify({ targets: [APP] })
  const single = { KEYFERRY_SECRET: APP.secret, AWS_ROLE_ARN: APP.roleArn }

  it('can hold the document itself', async () => {
    expect(await loadConfig({ KEYFERRY_CONFIG: inline })).toEqual(parseConfig({ targets: [APP] }))
  })

  it('can hold the path of a file with the document', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'keyferry-config-'))
    const file = join(folder.path, 'keyferry.json')
    await writeFile(file, inline)
    expect(await loadConfig({ KEYFERRY_CONFIG: file })).toEqual(parseConfig({ targets: [APP] }))
    await writeFile(file, '{"targets": [5]}')
    await expect(loadConfig({ KEYFERRY_CONFIG: file })).rejects.toThrow(
      `${file} cannot work: targets[0] must be`,
    )
  })

  it('can describe a single target, called as its secret', async () => {
    const { targets } = await loadConfig({
      ...single,
      AWS_REGION: 'eu-central-1',
      KEYFERRY_AUDIENCE: 'mine',
      KEYFERRY_DURATION_SECONDS: '7200',
      KEYFERRY_SERVICE_ACCOUNT: ' ',
    })
    expect(targets).toEqual([
      {
        ...APP,
        name: 'aws-app',
        region: 'eu-central-1',
        audience: 'mine',
        durationSeconds: 7200,
        everySeconds: 300,
        refreshAfterSeconds: 2400,
      },
    ])
  })

  it('has its problems named by variable', async () => {
    const wrong = { ...single, AWS_ROLE_ARN: '', AWS_REGION: 'here', KEYFERRY_DURATION_SECONDS: 'soon' }
    await expect(loadConfig(wrong)).rejects.toThrow(
      'The environment cannot work: AWS_ROLE_ARN is missing; KEYFERRY_DURATION_SECONDS must be of type number, got "soon"; ' +
        'AWS_REGION must be an AWS region such as eu-central-1, got "here".',
    )
    await expect(loadConfig({ ...single, KEYFERRY_DURATION_SECONDS: '900' })).rejects.toThrow(
      /KEYFERRY_EVERY_SECONDS cannot keep its promise: .*Set KEYFERRY_EVERY_SECONDS \(and the schedule itself\) to 65 or less/,
    )
    const mended = await loadConfig({
      ...single,
      KEYFERRY_DURATION_SECONDS: '900',
      KEYFERRY_EVERY_SECONDS: '65',
    })
    expect(mended.targets).toHaveLength(1)
  })

  it('without a target says what to set', async () => {
    await expect(loadConfig({ AWS_ROLE_ARN: APP.roleArn })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(
        'set KEYFERRY_CONFIG to JSON or to the path of a JSON file or, for a single target, KEYFERRY_SECRET, AWS_ROLE_ARN and AWS_REGION.',
      ),
    })
  })

  it('may begin with a byte order mark', async () => {
    const text = `\uFEFF${JSON.stringify({ targets: [APP] })}`
    const file = join(temporaryDirectory(), 'keyferry.json')
    writeFileSync(file, text)
    expect((await loadConfig({ KEYFERRY_CONFIG: file })).targets).toHaveLength(1)
    expect((await loadConfig({ KEYFERRY_CONFIG: text })).targets).toHaveLength(1)
  })

  it.each([
    ['{"targets":\n [{"name": }]}', 'see line 2, column 12'],
    ['{"targets": [],}', 'see line 1, column 16'],
    ['{\n  targets: []\n}', 'see line 2, column 3'],
    ['{"targets": [\n\n"secret" "', 'see line 3, column 10'],
    ['{"targets": [', 'it ends too early'],
  ])('that is no JSON says where: %j', async (config, place) => {
    await expect(loadConfig({ KEYFERRY_CONFIG: config })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `KEYFERRY_CONFIG is not valid JSON: ${place}.`,
    })
  })

  it.each([
    ['a broken document', '{"targets": [{"externalId": "deal-42"}'],
    ['a file that is not there', '/nowhere/keyferry.json'],
  ])('with %s is refused without showing what the document holds', async (_, config) => {
    const error: unknown = await loadConfig({ KEYFERRY_CONFIG: config }).catch((error: unknown) => error)
    expect(isKeyferryError(error, 'CONFIG_INVALID')).toBe(true)
    expect(String(error)).not.toContain('deal-42')
  })
})

describe('config.schema.json', () => {
  it('is what the configuration is checked by (npm run schema brings it up to date)', async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../config.schema.json',
    )
  })

  it('describes every field for people', () => {
    const { targets } = (configJsonSchema() as Schema).properties
    const target = targets?.items as Schema
    const silent = Object.entries(target.properties).filter(([, { description }]) => !description)
    expect(silent).toEqual([])
    expect(target).toMatchObject({ required: ['name', 'secret', 'roleArn'], additionalProperties: false })
    expect(target.properties['durationSeconds']).toMatchObject({
      type: 'integer',
      minimum: 900,
      maximum: 43_200,
    })
  })

  it('accepts the examples that people copy, as the configuration itself does', async () => {
    const schema = z.fromJSONSchema(configJsonSchema() as z.core.JSONSchema.JSONSchema)
    const examples = await examplesInDocs()
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect(schema.safeParse(example).error).toBeUndefined()
      expect(problemsOf(example)).toEqual([])
    }
  })

  it.each([
    ['an unknown field', { targets: [{ ...APP, everySecond: 60 }] }],
    ['a role that is none', { targets: [{ ...APP, roleArn: 'app' }] }],
    ['a fraction of a second', { targets: [{ ...APP, everySeconds: 60.5 }] }],
    ['no target', { targets: [] }],
  ])('refuses %s, as the configuration itself does', (_, document) => {
    const schema = z.fromJSONSchema(configJsonSchema() as z.core.JSONSchema.JSONSchema)
    expect(schema.safeParse(document).success).toBe(false)
    expect(problemsOf(document)).not.toEqual([])
  })
})

interface Schema {
  readonly properties: Readonly<Record<string, { description?: string; items?: unknown }>>
}

/** Every JSON document with targets in the README. */
async function examplesInDocs(): Promise<unknown[]> {
  const text = await readFile(join(import.meta.dirname, '../README.md'), 'utf8')
  const blocks = [...text.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json)
  return blocks.filter((json) => json.includes('"targets"')).map((json): unknown => JSON.parse(json))
}

function problemsOf(document: unknown): string[] {
  try {
    parseConfig(document)
  } catch (error) {
    if (!isKeyferryError(error, 'CONFIG_INVALID')) throw error
    return error.message.replace('The configuration cannot work: ', '').replace(/\.$/, '').split('; ')
  }
  return []
}
