/** A JUnit report as small as it gets, out of `name: outcome`; an outcome that is no status is the message of a failure. */
export const junit = (tests: { [name: string]: 'passed' | 'skipped' | (string & {}) }, suite = 'Basket'): string => {
  const cases = Object.entries(tests).map(([name, outcome]) => {
    const head = `<testcase classname="${escaped(suite)}" name="${escaped(name)}"`
    if (outcome === 'passed') return `${head}/>`
    if (outcome === 'skipped') return `${head}><skipped/></testcase>`
    return `${head}><failure message="${escaped(outcome)}"/></testcase>`
  })
  return `<?xml version="1.0"?><testsuites><testsuite name="${escaped(suite)}">${cases.join('')}</testsuite></testsuites>`
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
