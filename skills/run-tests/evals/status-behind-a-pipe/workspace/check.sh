python3 -m unittest 2>&1 | tee check.log
echo "check complete"
