/* Keeps the chosen name in a cookie of this browser: it survives a reload, and no page of another site can send it. */
export default function ({ data }) {
  if (data.cookie && !document.cookie.split("; ").includes(data.cookie)) {
    document.cookie = `${data.cookie}; Path=/; SameSite=Strict; Max-Age=${data.seconds}`;
  }
}
