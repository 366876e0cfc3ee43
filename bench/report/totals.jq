# The same totals with jq, in one pass:  jq -n -f totals.jq LOG
# Lines must be JSON: jq stops at the first that is not.
def how:
  if .event == "mcp_tool_call" then (if .success then "successful" else "failed" end)
  elif .method == "tools/call" and .outcome == "denied" then "denied"
  else null end;
reduce inputs as $line ({};
  .events[$line.event] += 1
  | ($line | how) as $how
  | if $how == null then .
    else .tools[$line.tool_name // "unknown"][$how] += 1
      | .users[$line.user_id // "unknown"][$how] += 1
    end)
