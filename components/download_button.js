/* Press: ask the app. When it answers with an address, fetch it once. */
const fetched = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.label;
  button.onclick = () => setTriggerValue("asked", Date.now());
  if (data.href && fetched.get(parentElement) !== data.href) {
    fetched.set(parentElement, data.href);
    const link = document.createElement("a");
    link.href = data.href;
    link.download = data.file;
    link.click();
  }
}
