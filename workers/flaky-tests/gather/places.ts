/** A class name that is a path itself, as vitest writes it. */
const filePath = /^[^\s]+\/[^/\s]+\.[A-Za-z]{1,5}$/
/** What parts of names are joined by: `com.example.BasketTest`, `example.com/shop/basket`, `App\Tests\BasketTest`. */
const separators = /[./\\$:]+/

/**
 * Tells whether a changed file may be the one that holds the tests of a class, or lies in their folder, for reports that
 * do not name the file; null: the class does not tell.
 */
export function placeOf(classname: string): ((path: string) => boolean) | null {
  if (filePath.test(classname)) return (path) => `/${path}`.endsWith(`/${classname}`)
  if (/\s/.test(classname)) return null
  const parts = classname.split(separators).filter(Boolean)
  // Python puts a class behind the file, Go has nothing but the folder.
  const [folder, last] = [parts.at(-2), parts.at(-1)]
  if (folder === undefined) return null
  return (path) => {
    const segments = path.split('/')
    const [stem] = (segments.at(-1) ?? '').split('.')
    return stem === folder || stem === last || segments.at(-2) === last
  }
}
