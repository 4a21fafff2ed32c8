import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shadowingProfile } from '../../../scripts/exec/shadowing-profile.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'keyferry-home-'))
  await mkdir(join(home, '.aws'))
})
afterAll(() => rm(home, { recursive: true }))

const inFiles = async (credentials: string, config: string): Promise<string | undefined> => {
  await writeFile(join(home, '.aws/credentials'), credentials)
  await writeFile(join(home, '.aws/config'), config)
  return shadowingProfile({ HOME: home })
}

describe('a default profile', () => {
  it('that gives credentials is named, with what to do', async () => {
    expect(await inFiles('[default]\naws_access_key_id = AKIA\n', '')).toMatch(
      /\.aws\/credentials has aws_access_key_id in its default profile, .* Use --static/,
    )
    expect(
      await inFiles('', '[default]\nregion=x\n[other]\n[ profile default ]\ncredential_process=x'),
    ).toMatch(/\.aws\/config has credential_process/)
  })

  it.each([
    ['[app]\naws_access_key_id = AKIA\n', '[profile app]\nrole_arn = arn\n'],
    ['', '[default]\nregion = eu-central-1\ns3 =\n  role_arn = nested\n'],
    ['[default]\n# aws_access_key_id = AKIA\n', ''],
    ['not a file of settings', '[default\nrole_arn'],
  ])('that gives none is not mentioned: %j, %j', async (credentials, config) => {
    expect(await inFiles(credentials, config)).toBeUndefined()
  })

  it('is looked for where the SDKs look', async () => {
    await inFiles('', '')
    const elsewhere = join(home, 'elsewhere')
    await writeFile(elsewhere, '[default]\nsso_session = x\n')
    expect(await shadowingProfile({ HOME: home, AWS_CONFIG_FILE: elsewhere })).toContain(elsewhere)
    expect(await shadowingProfile({ HOME: '/nonexistent' })).toBeUndefined()
  })
})
