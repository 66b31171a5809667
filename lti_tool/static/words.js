// What scripts say, in the language of the page: tr("Saved %(time)s", { time }). English stands in the scripts, others in words.<language>.js,
// which tools/words.py makes of the catalogs. Where those can't be loaded, English is said.

const language = document.documentElement.lang.split("-")[0];
const words = ["", "en"].includes(language) ? {} : await import(`./words.${language}.js`).then((found) => found.WORDS, () => ({}));

export const tr = (text, values = {}) => (words[text] ?? text).replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
