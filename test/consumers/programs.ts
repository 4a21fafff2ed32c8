/** Programs of others: how each lists a bucket, and whether this machine has it. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Env, Finished } from '../scripts/child.ts'
import type { ConsumerBed } from './bed.ts'

/** Debian's own: a user may have another Python first on the path, without its packages. */
export const PYTHON = '/usr/bin/python3'
/** Debian's own, where it is there. */
export const AWS: string = isInstalled('/usr/bin/aws') ? '/usr/bin/aws' : 'aws'

/** What the emulator's bucket holds. */
export const LISTED: readonly string[] = ['hello.txt', 'reports/2026-10.csv', 'reports/2026-11.csv']

/** A program that lists the bucket, one key a line, with the credentials that it finds by itself. */
export interface Program {
  readonly name: string
  /** What to install; a test without its program is skipped, and says so, but fails under CI=true. */
  readonly package: string
  readonly isMissing: boolean
  command(bed: Pick<ConsumerBed, 'endpoint' | 'bucket'>): readonly [command: string, ...words: string[]]
}

const BOTO3 = `
import boto3, sys
s3 = boto3.client('s3', endpoint_url=sys.argv[1])
for item in s3.list_objects_v2(Bucket=sys.argv[2])['Contents']: print(item['Key'])
`
const JAVASCRIPT = `
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
const [, endpoint, bucket] = process.argv
const s3 = new S3Client({ endpoint, forcePathStyle: true })
for (const { Key } of (await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents) console.log(Key)
`

export const PROGRAMS: readonly Program[] = [
  {
    name: 'the AWS command',
    package: 'awscli',
    isMissing: missing(AWS),
    command: ({ endpoint, bucket }) => [
      AWS,
      ...`--endpoint-url ${endpoint} s3api list-objects-v2 --bucket ${bucket} --query Contents[].[Key] --output text`.split(
        ' ',
      ),
    ],
  },
  {
    name: 'boto3',
    package: 'python3-boto3',
    isMissing: missingInPython('boto3'),
    command: ({ endpoint, bucket }) => [PYTHON, '-c', BOTO3, endpoint, bucket],
  },
  {
    name: 'rclone',
    package: 'rclone',
    isMissing: missing('rclone'),
    command: ({ endpoint, bucket }) => [
      'rclone',
      ...`lsf --recursive --files-only :s3:${bucket} --s3-env-auth`.split(' '),
      ...`--s3-provider=Other --s3-force-path-style --s3-endpoint=${endpoint}`.split(' '),
    ],
  },
  {
    name: 'the JavaScript SDK',
    package: '@aws-sdk/client-s3',
    isMissing: false,
    command: ({ endpoint, bucket }) => [
      process.execPath,
      '--input-type=module',
      '-e',
      JAVASCRIPT,
      endpoint,
      bucket,
    ],
  },
]

/** What the program lists, or what it says instead. */
export async function listing(program: Program, bed: ConsumerBed, env: Env = {}): Promise<readonly string[]> {
  const [command, ...words] = program.command(bed)
  return listed(await bed.run(command, words, env))
}

export function listed({ status, stdout, stderr }: Finished): readonly string[] {
  if (status !== 0) return [`exit ${status}`, stderr.trim()]
  return stdout.trim().split('\n').toSorted()
}

/** Whether `program` is not installed, which is no reason to skip its tests where the verdict is made. */
export function missing(program: string): boolean {
  return !isInstalled(program) && process.env['CI'] !== 'true'
}

/** The same for a package of {@link PYTHON}. */
export function missingInPython(name: string): boolean {
  if (process.env['CI'] === 'true') return false
  return spawnSync(PYTHON, ['-c', `import ${name}`], { stdio: 'ignore' }).status !== 0
}

function isInstalled(program: string): boolean {
  const paths = isAbsolute(program)
    ? [program]
    : (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, program))
  return paths.some((path) => {
    try {
      accessSync(path, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
