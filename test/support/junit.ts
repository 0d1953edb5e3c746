/** A JUnit report as small as it gets, out of `name: outcome`; an outcome that is no status is the message of a failure. */
export const junit = (tests: { [name: string]: 'passed' | 'skipped' | (string & {}) }, suite = 'Basket'): string => {
  const cases = Object.entries(tests).map(([name, outcome]) => {
    const head = `<testcase classname="${escape(suite)}" name="${escape(name)}"`
    if (outcome === 'passed') return `${head}/>`
    if (outcome === 'skipped') return `${head}><skipped/></testcase>`
    return `${head}><failure message="${escape(outcome)}"/></testcase>`
  })
  return `<?xml version="1.0"?><testsuites><testsuite name="${escape(suite)}">${cases.join('')}</testsuite></testsuites>`
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)
