import { describe, expect, it } from 'vitest'
import { stsEndpoint } from '../../shared/aws/sts-endpoint.ts'

describe('the endpoint of STS', () => {
  it.each([
    ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com/'],
    ['us-east-1', 'https://sts.us-east-1.amazonaws.com/'],
    ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com/'],
    ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn/'],
    ['eusc-de-east-1', 'https://sts.eusc-de-east-1.amazonaws.eu/'],
    ['us-iso-east-1', 'https://sts.us-iso-east-1.c2s.ic.gov/'],
    ['us-isob-east-1', 'https://sts.us-isob-east-1.sc2s.sgov.gov/'],
    ['us-isof-south-1', 'https://sts.us-isof-south-1.csp.hci.ic.gov/'],
    ['eu-isoe-west-1', 'https://sts.eu-isoe-west-1.cloud.adc-e.uk/'],
  ])('of %s is %s', (region, url) => {
    expect(stsEndpoint({ region, env: {} })).toEqual({ region, url })
    expect(stsEndpoint({ env: { AWS_REGION: region } })).toEqual({ region, url })
  })

  it('is what the environment says: STS’s own variable before the one for all services', () => {
    const [AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS] = ['http://127.0.0.1:4566', 'https://vpce-1.example']
    const at = (env: NodeJS.ProcessEnv): string => stsEndpoint({ region: 'eu-central-1', env }).url
    expect(at({ AWS_ENDPOINT_URL })).toBe('http://127.0.0.1:4566/')
    expect(at({ AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_STS })).toBe('https://vpce-1.example/')
  })

  it.each([
    [{}, 'us-east-1 is not assumed'],
    [{ AWS_REGION: '' }, 'AWS_REGION'],
    [{ AWS_REGION: 'Frankfurt' }, '"Frankfurt" is not an AWS region'],
    [{ AWS_REGION: 'eu-central-1.evil.example/' }, 'is not an AWS region'],
    [{ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: 'localhost:4566' }, 'AWS_ENDPOINT_URL'],
    [{ AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL_STS: 'here' }, 'AWS_ENDPOINT_URL_STS'],
  ])('is not known with %j', (env, why) => {
    expect(() => stsEndpoint({ env })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
    expect(() => stsEndpoint({ env })).toThrow(why)
  })
})
