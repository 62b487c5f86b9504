#!/bin/sh
# comment.sh NAME FILE
# Puts a page on a pull request: as a comment, or in place of the comment that an earlier run made of it.
#
# GitHub's command wants GH_TOKEN; GITHUB_REPOSITORY and PULL_REQUEST say where.
set -eu

mark="<!-- $1 -->"
comments=repos/$GITHUB_REPOSITORY/issues
former=$(gh api --paginate "$comments/$PULL_REQUEST/comments" \
  --jq ".[] | select(.user.login == \"github-actions[bot]\" and (.body | startswith(\"$mark\"))) | .id" | head -n 1)
{ echo "$mark"; cat "$2"; } |
  if [ -n "$former" ]; then
    gh api --silent --method PATCH "$comments/comments/$former" --field body=@-
  else
    gh api --silent --method POST "$comments/$PULL_REQUEST/comments" --field body=@-
  fi
