folder=$(git rev-parse --git-path hooks)
mkdir -p "$folder"
cp hooks/pre-commit "$folder/pre-commit"
chmod +x "$folder/pre-commit"
